# Recipes for https://just.systems; each is one command that can be typed without it.

# List the recipes
default:
    @just --list

# What CI runs: format, lints, documentation, licences, tests, the README's first command
check:
    bash .ci/run

# Format the code
fmt:
    cargo fmt

# Run the tests; arguments go to tests/run
test *ARGS:
    tests/run {{ARGS}}

# Enroll simulated PCs at a server: just simulate --url https://localhost:8443 --token T -n 100 -c 8
simulate *ARGS:
    cargo run --release --locked -- simulate {{ARGS}}

# Measure an enrollment against its floor
bench *ARGS:
    cargo bench --bench enrollment --locked -- {{ARGS}}

# A server on this machine and a simulated PC that enrolls, step by step
demo *ARGS:
    cargo run --release --locked -- demo {{ARGS}}
