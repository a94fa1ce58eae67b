# syntax=docker/dockerfile:1
# Three images: `bot`, the default; `cluster`, for several processes that share the work; and `full`, which can also train
# the networks that need PyTorch.

FROM python:3.13-slim AS bot-packages

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_PYTHON=/opt/venv PIP_NO_DEPS=1
WORKDIR /build
RUN python -m venv --without-pip /opt/venv
COPY requirements-bot.lock .
RUN pip install --require-hashes --requirement requirements-bot.lock

FROM bot-packages AS cluster-packages

COPY requirements-cluster.lock .
RUN pip install --require-hashes --requirement requirements-cluster.lock

FROM bot-packages AS full-packages

# The index of torch and torchvision: PyTorch's own wheels for machines without a GPU, a tenth of the size of those with
# CUDA. Empty: the wheels of the lock file, which include CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY requirements.lock .
RUN if [ -z "$TORCH_INDEX" ]; then \
        pip install --require-hashes --requirement requirements.lock; \
    else \
        awk '/^[a-z]/ { cuda = /^(torch|torchvision|triton|nvidia-|cuda-)/ } !cuda' requirements.lock >rest.lock && \
        pip install --require-hashes --requirement rest.lock && \
        pip install --index-url "$TORCH_INDEX" \
            $(sed -nE 's/^((torch|torchvision)==[^ ]+).*/\1/p' requirements.lock); \
    fi

FROM python:3.13-slim AS program

# FriBiDi, 0.1 MB: without it, Pillow can't draw names in scripts such as Arabic and Hindi.
RUN apt-get update && apt-get install --yes --no-install-recommends libfribidi0 && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 thumbprint && install --directory --owner=thumbprint /data
COPY bot /app/bot
COPY classifier /app/classifier
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 THUMBPRINT_DATA_DIR=/data
USER thumbprint
VOLUME /data

HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-m", "bot", "healthy"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]

# --link: the packages stay cached when the program changes.
FROM program AS full
COPY --link --from=full-packages /opt/venv /opt/venv

FROM program AS cluster
COPY --link --from=cluster-packages /opt/venv /opt/venv

FROM program AS bot
COPY --link --from=bot-packages /opt/venv /opt/venv
