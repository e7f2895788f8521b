# syntax=docker/dockerfile:1
# Three images from one tree:
#   cpu      the server with the embedded engine and its model
#   gpu      the same tree with vLLM: `python -m server.vllm`, or the server with vLLM inside
#   router   vllm-router, in front of several vLLM servers
# docs/deployment.md says how to build and run them.

FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d AS python
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1

# Only what the dependencies follow from, so that a change of code or docs installs nothing anew.
# Wheels only: no stage needs a compiler to install.
FROM python AS project
WORKDIR /build
RUN python -m venv /opt/venv && touch README.md
ENV PATH=/opt/venv/bin:$PATH
COPY pyproject.toml constraints.txt ./

FROM project AS cpu-dependencies
ARG TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --only-binary :all: --constraint constraints.txt --extra-index-url ${TORCH_INDEX_URL} ".[data]"

FROM project AS gpu-dependencies
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --only-binary :all: --constraint constraints.txt ".[vllm,data]"

FROM project AS router-dependencies
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --only-binary :all: --constraint constraints.txt vllm-router==0.1.17

FROM cpu-dependencies AS weights
COPY model model
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m model obtain --cache-dir /models

# Nothing is written but below /tmp and $HOME, so the root file system may be read-only.
FROM python AS user
ENV PATH=/opt/venv/bin:$PATH HOME=/cache XDG_CACHE_HOME=/cache
RUN groupadd --gid 10001 foretype \
    && useradd --uid 10001 --gid foretype --home-dir /cache --create-home --shell /usr/sbin/nologin foretype
LABEL org.opencontainers.image.title="Foretype" \
      org.opencontainers.image.description="Self-hosted edit prediction" \
      org.opencontainers.image.licenses="Apache-2.0"
STOPSIGNAL SIGTERM

FROM user AS router
COPY --from=router-dependencies /opt/venv /opt/venv
USER 10001:10001
EXPOSE 8002 8003
ENTRYPOINT ["vllm-router"]

FROM user AS server
WORKDIR /app
ENV PYTHONPATH=/app FORETYPE_SERVER_HOST=0.0.0.0
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "-c", "import http.client, os, sys; server = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('FORETYPE_SERVER_PORT', 8000)), timeout=3); server.request('GET', '/healthz'); sys.exit(server.getresponse().status != 200)"]
CMD ["python", "-m", "server"]

FROM server AS gpu
# Triton compiles its launchers in C when it meets a GPU: without a compiler vLLM does not start.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
# FlashInfer's sampler would be compiled with CUDA's compiler, which is not here.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility VLLM_USE_FLASHINFER_SAMPLER=0
COPY --from=gpu-dependencies /opt/venv /opt/venv
COPY . .
USER 10001:10001
EXPOSE 8001

FROM server AS cpu
ENV FORETYPE_MODEL_CACHE_DIR=/models
COPY --from=cpu-dependencies /opt/venv /opt/venv
COPY --from=weights --chown=10001:10001 /models /models
COPY . .
USER 10001:10001
