# Programs run with fewer layers in a container: docs/machines.md says which, and how to get them back.
FROM python:3.13-slim AS build
WORKDIR /source
# The build knows no tag: docker build --build-arg VERSION=0.1.0
ARG VERSION=0.0.0
ENV SETUPTOOLS_SCM_PRETEND_VERSION=$VERSION
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
COPY --from=build /wheels /wheels
# The embedded engine needs libgomp, which the slim image does not have.
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir "$(echo /wheels/sharpen-*.whl)[serve]" && rm -r /wheels \
    && useradd --create-home --uid 10001 sharpen \
    && install --directory --owner sharpen /data /data/home /data/runs
# The user sharpen by number, so that a cluster sees that it is not root.
USER 10001
# Weights, benchmarks and runs: one volume keeps them all.
ENV SHARPEN_HOME=/data/home
WORKDIR /data
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["sharpen"]
CMD ["demo"]
