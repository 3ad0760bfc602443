"""Writes the model card from what was measured, so that no figure in it is typed by hand."""

from collections.abc import Mapping
from pathlib import Path

from .loop import Progress, Recipe
from .recipe import CONTEXT, HEAD_DIM, HEADS, HIDDEN, KV_HEADS, LAYERS, WIDTH
from .vocabulary import VOCABULARY_SIZE

Table = Mapping[str, Mapping[str, float]]
# cell → column and share that was aimed for
GATES: Mapping[str, tuple[str, float]] = {
    "built-in, unseen frames": ("exact", 0.95),
    "unseen tools": ("exact", 0.65),
    "copy of unseen pseudo-words": ("exact", 0.90),
}

_TEXT = """# The bundled model

A decoder of {parameters:.1f} million parameters that turns requests into routes, tool calls and short plans, and words
their results. It was trained from random weights in this repository, on generated text alone, and speaks the compact form of
`llm/compact.py`. It is an ordinary `qwen3` checkpoint: `transformers` loads it and gives the same logits.

## How it was made

| | |
|---|---|
| Layout | {layers} layers, width {width}, {heads} query and {kv_heads} key heads of {head_dim}, feed-forward {hidden}, per-head QK-norm, tied embeddings, context {context} |
| Tokenizer | byte-level BPE of {vocabulary:,} tokens; spaces, digits and punctuation are tokens of their own |
| Data | `llm/training/`: sentences expanded from templates for the built-in tools, synthetic tools listed in the prompt, facts, small talk, results to word; a quarter of the free words do not exist |
| Training | {tokens:.1f} million tokens in {steps:,} steps of about {batch:,}, {hours:.1f} hours on one to two CPU cores, AdamW at {rate}, the last 45 % of it decaying to zero |
| Weights | bfloat16, computed in float32 |

`make train` does all of it again and resumes where it stopped. The templates were widened while the run was going on, so a
run from the start gives a similar model, not the same one.

## What was measured

Greedy decoding under the grammar, exactly as the program runs. *Route*: the kind of request is right. *Name*: the tools are right,
in order. *Exact*: every argument, reference and question as well. Templates, words and tools of the unseen cells were held out of
training by hash.

{generated}

By hand: {hand_items} utterances written by somebody who had not seen the templates, before the generator was tuned. None of them was
looked at while tuning it; their totals were read a few times on the way. **{hand_exact:.1%} exact**, {hand_route:.1%} with the right route; the built-in single calls alone {single_exact:.1%} of {single_items}.

{handwritten}

## Gates

{gates}

## What it cannot do

- It knows nothing of the world and cannot hold a conversation: small talk is a handful of sentences. For open questions use a larger
  checkpoint (`--model`) or let it search the web.
- It reads each request alone. "And in euros?" is not understood; say the whole thing.
- Values are spans of the request or one of a few normal forms, so it cannot invent a number or misspell a name, but it can pick the
  wrong span.
- English only. More than {most_steps} steps in one request are not planned.
- Tools it was not trained on are chosen by their names and descriptions, much less reliably than the built-in ones. When
  none of the listed tools fits it often picks one all the same: what it is about to do is always shown, and anything with
  an effect asks first.
"""


def gate_lines(tables: Mapping[str, Table]) -> list[str]:
    """One line per gate: what was aimed for, what was reached, and whether that is enough."""
    generated, by_hand = tables["generated"], tables["handwritten"]
    single = {cell: row for cell, row in by_hand.items() if cell in _single_cells(by_hand)}
    reached: list[tuple[str, float, float]] = [
        ("intent, hand-written", share(by_hand, "route"), 0.95),
        *((f"{cell}, {column}", generated[cell][column], goal) for cell, (column, goal) in GATES.items()),
        ("unseen tools, name", generated["unseen tools"]["name"], 0.85),
        ("built-in tools, hand-written, exact", share(single, "exact"), 0.85),
    ]
    lines = ["| gate | aim | reached | |", "|---|---|---|---|", "| grammar-valid | 100 % | 100.0% (by construction) | met |"]
    return lines + [
        f"| {name} | {goal:.0%} | {value:.1%} | {'met' if value >= goal else '**missed**'} |"
        for name, value, goal in reached
    ]


def _single_cells(by_hand: Table) -> set[str]:
    """Cells of single calls to built-in tools."""
    return set(by_hand) - {"plan", "ask", "no_tool", "remember", "recall", "forget", "chat"}


def share(table: Table, column: str) -> float:
    """Share over all items of a table."""
    return sum(row[column] * row["items"] for row in table.values()) / sum(row["items"] for row in table.values())


def _lines(table: Table) -> str:
    head = ["| cell | items | route | name | exact |", "|---|---|---|---|---|"]
    rows = [
        f"| {cell} | {row['items']:.0f} | {row['route']:.1%} | {row['name']:.1%} | {row['exact']:.1%} |"
        for cell, row in table.items()
    ]
    return "\n".join(head + rows)


def write_card(folder: Path, tables: Mapping[str, Table], progress: Progress, recipe: Recipe, parameters: int) -> None:
    by_hand = tables["handwritten"]
    single = {cell: by_hand[cell] for cell in by_hand if cell in _single_cells(by_hand)}
    text = _TEXT.format(
        parameters=parameters / 1e6,
        layers=LAYERS,
        width=WIDTH,
        heads=HEADS,
        kv_heads=KV_HEADS,
        head_dim=HEAD_DIM,
        hidden=HIDDEN,
        context=CONTEXT,
        vocabulary=VOCABULARY_SIZE,
        tokens=progress.tokens / 1e6,
        steps=progress.step,
        batch=recipe.batch_tokens,
        hours=progress.seconds / 3600,
        rate=recipe.peak_rate,
        generated=_lines(tables["generated"]),
        handwritten=_lines(by_hand),
        hand_items=int(sum(row["items"] for row in by_hand.values())),
        hand_exact=share(by_hand, "exact"),
        hand_route=share(by_hand, "route"),
        single_exact=share(single, "exact"),
        single_items=int(sum(row["items"] for row in single.values())),
        gates="\n".join(gate_lines(tables)),
        most_steps=4,
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
