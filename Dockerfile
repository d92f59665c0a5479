# Impasto on the CPU:          docker build -t impasto .
# Impasto on NVIDIA's CUDA 12: docker build -t impasto:cuda --build-arg ONNXRUNTIME_NODE_INSTALL=cuda12 \
#                                --build-arg BASE=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04 .
# The second is for amd64, and its build fetches the CUDA part of ONNX Runtime from nuget.org.

ARG NODE=node:24.21-trixie-slim
# What the image stands on. ONNX Runtime needs cuDNN 9 beside CUDA 12; Node is put on a base that has none.
ARG BASE=${NODE}

FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM ${NODE} AS packages
# skip, or cuda12. The package's install script reads it.
ARG ONNXRUNTIME_NODE_INSTALL=skip
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# ONNX Runtime's package has the libraries of every platform; they weigh more than all the rest.
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev \
    && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 \
       ! -path "*/linux/$(node -p process.arch)" -exec rm -r {} +

FROM ${BASE}
LABEL org.opencontainers.image.title="Impasto" \
      org.opencontainers.image.description="A chat bot that repaints a photograph in the style of a painting" \
      org.opencontainers.image.licenses="MIT"
RUN --mount=type=bind,from=packages,source=/usr/local/bin/node,target=/tmp/node \
    command -v node || install /tmp/node /usr/local/bin/node
# A named volume that is mounted here for the first time belongs to Impasto's user, too.
RUN install -d -o 1000 -g 1000 /data
WORKDIR /app
COPY package.json slack-manifest.yaml LICENSE ./
COPY --from=packages /app/node_modules node_modules
COPY models models
COPY gallery gallery
COPY studio studio
COPY --from=build /app/dist dist

# All that is kept lies in /data. Where a variable is set to nothing, its default is under HOME, and so there, too.
ENV NODE_ENV=production HOME=/data IMPASTO_DATA=/data IMPASTO_CACHE=/data/cache
VOLUME /data
# ONNX Runtime tells its maker about each process and model otherwise.
ENV ORT_DISABLE_TELEMETRY=1

# Impasto listens on 127.0.0.1 of its container, where nobody else gets. To publish a port, let it listen elsewhere:
#   8461, the studio: IMPASTO_STUDIO_HOST=0.0.0.0 and IMPASTO_STUDIO_TOKEN, without which it does not start then
#   8462, Slack's events by HTTP: IMPASTO_SLACK_HTTP_HOST=0.0.0.0
#   8460, health and metrics, with no password: IMPASTO_HTTP_HOST=0.0.0.0
EXPOSE 8460 8461 8462
# Where nothing is served, nothing can be asked: that counts as healthy.
HEALTHCHECK --start-period=60s --interval=30s --timeout=10s \
    CMD ["node", "-e", "const { IMPASTO_HTTP_HOST: host, IMPASTO_HTTP_PORT: port } = process.env; if (port !== 'off') fetch(`http://${(host || '127.0.0.1').replace(/.*:.*/, '[$&]')}:${port || 8460}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# Node user of the official images, by number, so that others can see that it is not root.
USER 1000:1000
STOPSIGNAL SIGTERM
# Node gets signals itself, with no shell and no npm before it.
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["start"]
