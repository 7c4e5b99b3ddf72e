select l.id from queue_lanes l where l.id = any ($1::bigint[]) order by l.key collate "C" for update
