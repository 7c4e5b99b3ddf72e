import { describe, expect, it } from '@jest/globals';
import { waitedChangeHeaders } from './waited-change-headers.js';

const counts = { id: 17, open: 1, failed: 2, total: 4 };

describe('the headers of a waited change', () => {
  it('say that nothing follows', () => {
    expect(waitedChangeHeaders({ waitSeconds: 5, groupId: null, counts: null, reasons: [] })).toEqual({
      'preference-applied': 'wait=5',
      'provost-group': 'none',
    });
  });

  it('count what follows, and say where to look', () => {
    expect(waitedChangeHeaders({ waitSeconds: 5, groupId: 17, counts, reasons: [] })).toEqual({
      'preference-applied': 'wait=5',
      'provost-group': '17; open=1; failed=2; total=4',
      link: '</api/v1/groups/17>; rel="monitor"',
    });
  });

  it('say where to look when the counts are not known', () => {
    expect(waitedChangeHeaders({ waitSeconds: 5, groupId: 17, counts: null, reasons: [] })).toMatchObject({
      'provost-group': '17',
      link: '</api/v1/groups/17>; rel="monitor"',
    });
  });

  it('carry reasons in any letters as text of a header', () => {
    const reasons = ['no "worker"', 'C:\\x', 'žádný\nworker'];
    expect(waitedChangeHeaders({ waitSeconds: 0, groupId: 17, counts, reasons })['provost-waiting']).toBe(
      String.raw`"no \"worker\"", "C:\\x", "??dn??worker"`,
    );
  });
});
