"""A process that generates, or follows, until another one is gone, and then says what it was told."""

import sys

from homewit.llm import LLMError, SamplingParams, parallel


def lead(folder: str, timeout_s: float) -> None:
    engine = parallel.load(folder, device="cpu", timeout_s=timeout_s)
    print("loaded", flush=True)
    errors: list[LLMError] = []
    while len(errors) < 2:
        try:
            for _ in engine.generate([5, 6, 7], SamplingParams(max_tokens=100)):
                print("serving", flush=True)
        except LLMError as error:
            errors.append(error)
    engine.close()
    report(*errors)


def report(*errors: LLMError) -> None:
    for error in errors:
        print(f"{type(error).__name__}: {error}", flush=True)


def main(folder: str, timeout_s: str) -> None:
    if parallel.rank() == 0:
        lead(folder, float(timeout_s))
        return
    try:
        parallel.follow()
    except LLMError as error:
        report(error)


if __name__ == "__main__":
    main(*sys.argv[1:])
