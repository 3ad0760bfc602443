#!/bin/sh
# Records expenses, one per line on stdin ("12.50 on lunch"), then prints this month's report.
# Every event goes to the file named by the first argument, one JSON object per line.
#
#   printf '12.50 on lunch\n40 on groceries\n' | sh examples/expenses.sh log.jsonl
set -eu
log=${1:-expenses.jsonl}

while IFS= read -r line; do
    # Without /dev/null, homewit would read the remaining lines: piped input is appended to the prompt.
    if homewit run --json "I spent $line" </dev/null >>"$log"; then
        echo "recorded: $line"
    else
        code=$?
        echo "not recorded: $line (exit code $code, see $log)" >&2
        exit "$code"
    fi
done

homewit run "how much did I spend this month?" </dev/null
