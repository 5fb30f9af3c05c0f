# The service, in two stages: the first installs, the second only runs.
# `tests/image.py` replays these steps without an engine and knows no other instructions than these.
# A tag says which base image is meant; the platform that builds pins both by digest.
FROM python:3.11-bookworm AS build
WORKDIR /app
COPY requirements-serving.lock ./
RUN python3 -m venv --without-pip /app/venv
RUN python3 -m pip --python /app/venv/bin/python install --no-cache-dir --require-hashes -r requirements-serving.lock
# LightGBM needs the OpenMP library. The slim image is without it; here it came with the compiler.
RUN mkdir /app/lib && cp -L /usr/lib/*-linux-gnu/libgomp.so.1 /app/lib/
COPY profilering profilering
COPY models models
COPY serving serving
# Compiled now: nothing can be written later. Readable for the user below, whoever checked the code out.
RUN /app/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash profilering models serving
# The contribution kernel: one file for every processor of the kind that builds it.
RUN /app/venv/bin/python -m models.treeshap.build
RUN chmod -R a+rX,go-w /app

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="profilering" \
      org.opencontainers.image.description="An explained suggestion of innsatsgruppe, for the veileder to weigh."
WORKDIR /app
COPY --from=build /app /app
# The OpenMP library is read, and told to let idle threads sleep, before LightGBM loads.
ENV LD_LIBRARY_PATH=/app/lib \
    OMP_WAIT_POLICY=PASSIVE \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PROFILERING_HOST=0.0.0.0
# The user NAV's platform runs every container as. Without an issuer of tokens the service does not start.
USER 1069:1069
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 \
    CMD ["/app/venv/bin/python", "-c", "import os; from http.client import HTTPConnection; c = HTTPConnection('127.0.0.1', int(os.environ.get('PROFILERING_PORT', '8080')), timeout=3); c.request('GET', '/internal/isAlive'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["/app/venv/bin/python", "-m", "serving"]
CMD ["serve"]
