# shellcheck shell=bash
# Sourced by scripts/test: the guarantees at full size, pair by pair, and the table of what came out.

# Where `tests/src/proof.rs` leaves a file for each pair and column.
results=target/rendered/results

columns=(clean processes migrations 1-crash 1-messages 2-broker-away 2-broker-emptied 3-database-away 4-backlog 5-stop 5-give-back
    6-schedule 7-messages 8-transaction 9-soak bad-input unknown-task)

# Every pair.
all_pairs() {
    awk -F '"' '/^database/ { database = $2 } /^broker/ { print database "-" $2 }' tests/matrix.toml
}

# The tests of these pairs, as nextest selects them.
of_pairs() {
    # Some callers have them all in one word.
    # shellcheck disable=SC2206
    local names=(${*//-/_})
    local IFS='|'
    echo "test(/(^|::)(${names[*]})::/)"
}

# Every pair, one after the other, and its row in docs/matrix.md. A pair that fails does not end the run.
run_matrix() {
    local pair status=0 commit
    commit=$(tested_commit)
    for pair; do
        rm -rf "${results:?}/$pair"
        PROOF_SIZE=full run_of_pair "$pair" 'binary(/^(compile|proofs|service)$/)' || status=$?
        write_table "$pair" "$commit"
    done
    return "$status"
}

# Guarantee 9 alone.
run_soak() {
    local pair status=0
    for pair; do
        PROOF_SIZE=full run_of_pair "$pair" 'binary(proofs) & test(nothing_is_lost)' || status=$?
        echo "==> $pair: $(cat "$results/$pair/9-soak")"
    done
    return "$status"
}

run_of_pair() {
    local pair=$1 filter=$2
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --locked --package template-tests --no-fail-fast --filterset "$filter & $(of_pairs "$pair")"
        return
    fi
    local tests="${pair//-/_}::"
    [[ $filter != *nothing_is_lost* ]] || tests+=nothing_is_lost
    cargo test --locked --package template-tests --no-fail-fast --test compile --test proofs --test service -- "$tests"
}

# What is tested. The table itself makes no difference.
tested_commit() {
    local changes
    changes=$(git status --porcelain -- ':!docs/matrix.md')
    echo "$(git rev-parse --short HEAD)${changes:+ with changes}"
}

# Writes docs/matrix.md anew: this pair from its results, the others as they stand there.
write_table() {
    local table=docs/matrix.md pair column
    {
        sed '/^|/,$d' "$table"
        printf '| pair |%s commit |\n' "$(printf ' %s |' "${columns[@]}")"
        printf '|---|%s---|\n' "$(printf -- '---|%.0s' "${columns[@]}")"
        for pair in $(all_pairs); do
            if [[ $pair != "$1" ]]; then
                grep "^| $pair |" "$table" || true
                continue
            fi
            printf '| %s |' "$pair"
            for column in "${columns[@]}"; do
                printf ' %s |' "$(cat "$results/$pair/$column" 2>/dev/null || echo '**not run**')"
            done
            printf ' %s |\n' "$2"
        done
    } >"$table.new"
    mv "$table.new" "$table"
}
