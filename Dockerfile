# One image per task: the static binary and nothing else. Public certificate
# authorities are linked into the binary; others come from a file at run time.
# The binaries are built before: bin/linux/<architecture>/<task>, with CGO_ENABLED=0.
FROM scratch

ARG TASK=keycloak-roles
ARG VERSION=dev
ARG REVISION=unknown
# Set by the builder.
ARG TARGETARCH

LABEL org.opencontainers.image.title="${TASK}" \
      org.opencontainers.image.description="Otomi task ${TASK}: makes an application equal to the Otomi Values" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.url="https://otomi.io" \
      org.opencontainers.image.source="https://otomi.io/tasks" \
      org.opencontainers.image.licenses="Apache-2.0"

COPY --chmod=0755 bin/linux/${TARGETARCH}/${TASK} /task

USER 65532:65532
ENTRYPOINT ["/task"]
