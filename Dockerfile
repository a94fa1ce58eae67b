# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build

# The index of torch and torchvision: PyTorch's own wheels for machines without a GPU, a tenth of the size of those with
# CUDA. Empty: the wheels of the lock file, which include CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

COPY requirements.lock /build/requirements.lock
WORKDIR /build
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN if [ -z "$TORCH_INDEX" ]; then \
        pip install --require-hashes --no-deps --requirement requirements.lock; \
    else \
        awk '/^[a-z]/ { cuda = /^(torch|torchvision|triton|nvidia-|cuda-)/ } !cuda' requirements.lock >rest.lock && \
        pip install --require-hashes --no-deps --requirement rest.lock && \
        pip install --no-deps --index-url "$TORCH_INDEX" \
            $(sed -nE 's/^((torch|torchvision)==[^ ]+).*/\1/p' requirements.lock); \
    fi

FROM python:3.13-slim

RUN useradd --create-home --uid 10001 thumbprint && install --directory --owner=thumbprint /data
COPY --from=build /opt/venv /opt/venv
COPY bot /app/bot
COPY classifier /app/classifier
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 THUMBPRINT_DATA_DIR=/data
USER thumbprint
VOLUME /data

HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-m", "bot", "healthy"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
