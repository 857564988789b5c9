# threadlab in a container: grades /submission, needs no network, no root and
# no writable root filesystem - only a /tmp that may hold programs:
#
#   docker run --rm --network=none --read-only --tmpfs /tmp:exec \
#       --user "$(id -u):$(id -g)" -v "$PWD":/submission:ro -v "$PWD/out":/out \
#       threadlab grade -s /submission --json /out/result.json

FROM debian:bookworm-slim AS build
WORKDIR /opt/threadlab
COPY tools/setup.sh tools/
RUN tools/setup.sh grade
COPY Makefile ./
COPY grader grader
RUN make -s -j"$(nproc)" kit && strip build/threadlab

FROM debian:bookworm-slim
WORKDIR /opt/threadlab
COPY tools/setup.sh tools/
RUN tools/setup.sh image && rm -rf /var/lib/apt/lists/* build
COPY --from=build /opt/threadlab/build/threadlab build/
COPY --from=build /opt/threadlab/build/runtime/runner-criterion.o \
    /opt/threadlab/build/runtime/runner-program.o \
    /opt/threadlab/build/runtime/libstock.a \
    /opt/threadlab/build/runtime/libwide.a \
    /opt/threadlab/build/runtime/wraps.rsp \
    /opt/threadlab/build/runtime/locals.sh \
    /opt/threadlab/build/runtime/locals.sed build/runtime/
COPY --from=build /opt/threadlab/build/runtime/include build/runtime/include
COPY grader/runtime/threadlab.h grader/runtime/
COPY exercises exercises
COPY LICENSE ./
RUN ln -s /opt/threadlab/build/threadlab /usr/local/bin/threadlab && \
    useradd --no-create-home --home-dir /tmp --uid 1000 grader
ENV HOME=/tmp TMPDIR=/tmp THREADLAB_CACHE=/tmp/threadlab-cache
USER grader
WORKDIR /submission
ENTRYPOINT ["threadlab"]
CMD ["grade", "-s", "/submission"]
