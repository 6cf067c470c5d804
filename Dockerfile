# One image for every role: `serve` with DARKROOM_ROLE=http or worker, and all other commands of `darkroom`.
# NODE_ENV=production: requires the secrets DARKROOM_MASTER_KEY and DARKROOM_JWT_SECRET instead of generating them.

FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
COPY client client
RUN npm ci --ignore-scripts
COPY tsconfig.json README.md LICENSE ./
COPY config config
COPY service service
COPY dashboard dashboard
COPY bench bench
# the files of the published package: no tests and no sources
RUN npm run build && node config/licences.js > dist/THIRD-PARTY-LICENCES.txt && npm pack --silent && mkdir /app && tar -xzf darkroom-*.tgz -C /app --strip-components=1
WORKDIR /app
RUN cp /build/package-lock.json . && npm ci --omit=dev && npm cache clean --force

FROM node:24-slim
# jemalloc, because glibc's malloc does not return the memory of image processing to the system
RUN apt-get update \
    && apt-get install -y --no-install-recommends libjemalloc2 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o node -g node /data
ENV NODE_ENV=production
ENV LD_PRELOAD=libjemalloc.so.2
ENV HOST=0.0.0.0
ENV DARKROOM_DATA_DIR=/data
COPY --from=build /app /app
WORKDIR /app
USER node
# spooled uploads; also Postgres and all objects, unless other servers are configured
VOLUME /data
EXPOSE 8080 9091
# a worker listens only on its metrics port
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s CMD ["node", "-e", "const { DARKROOM_ROLE: role, PORT: port = 8080, DARKROOM_METRICS_PORT: metrics = 9091 } = process.env; fetch('http://127.0.0.1:' + (role === 'worker' ? metrics + '/metrics' : port + '/healthz')).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/program/darkroom.cjs"]
CMD ["serve"]
