# One program of the project as an image, for those who use Docker; ko makes the same from .ko.yaml.
#
#   docker build --build-arg PROGRAM=knative/serve/persist -t persist .
#
# Static, without a shell, as nobody; it writes nowhere, so run it with a read-only root and without capabilities.
# GO_IMAGE and BASE_IMAGE are for those who pull from a mirror of their own, GOPROXY for those whose modules come from one.
ARG GO_IMAGE=golang:1.26-alpine@sha256:7a3e50096189ad57c9f9f865e7e4aa8585ed1585248513dc5cda498e2f41812c
ARG BASE_IMAGE=gcr.io/distroless/static:nonroot@sha256:f7f8f729987ad0fdf6b05eeeae94b26e6a0f613bdf46feea7fc40f7bd72953e6

# One compilation makes every program: compose builds twelve images, and they share it.
FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build
WORKDIR /src
ARG TARGETOS TARGETARCH GOPROXY
# What -version and the pages' foot show: --build-arg VERSION=$(git describe --tags --always)
ARG VERSION
RUN --mount=type=bind,target=. --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w -X github.com/paraphe/paraphe/shared/function.version=$VERSION" -o /programs/ ./knative/serve/... ./knative/local
ARG PROGRAM
RUN cp "/programs/${PROGRAM##*/}" /program

FROM ${BASE_IMAGE}
COPY --from=build /program /program
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/program"]
