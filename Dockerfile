# One program of the project as an image, for those who use Docker; ko makes the same from .ko.yaml.
#
#   docker build --build-arg PROGRAM=knative/serve/persist -t persist .
#
# Static, without a shell, as nobody; it writes nowhere, so run it with a read-only root and without capabilities.
FROM --platform=$BUILDPLATFORM golang:1.26-alpine@sha256:7a3e50096189ad57c9f9f865e7e4aa8585ed1585248513dc5cda498e2f41812c AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG PROGRAM TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags '-s -w' -o /program ./$PROGRAM

FROM gcr.io/distroless/static:nonroot@sha256:f7f8f729987ad0fdf6b05eeeae94b26e6a0f613bdf46feea7fc40f7bd72953e6
COPY --from=build /program /program
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/program"]
