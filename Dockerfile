# The live demo as an image: docker build -t backdraft . && docker run --rm -p 8080:8080 backdraft
FROM rust:1.95-bookworm AS build
WORKDIR /backdraft
COPY . .
RUN cargo build --release --locked -p backdraft-cli

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /backdraft/target/release/backdraft /backdraft
COPY --from=build /backdraft/LICENSE /backdraft/NOTICE /licenses/
EXPOSE 8080
# `docker stop` then ends it as Ctrl-C does, without waiting.
STOPSIGNAL SIGINT
ENTRYPOINT ["/backdraft", "demo", "--bind", "0.0.0.0"]
