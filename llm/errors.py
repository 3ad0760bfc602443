"""What can go wrong in the engine, as types.

    LLMError
    ├── ModelNotFound            no checkpoint at the given place
    ├── CheckpointError          a checkpoint that cannot be read or does not add up
    │   ├── ConfigError          config.json is missing, malformed or contradicts itself
    │   ├── UnsupportedModel     a model_type or an option of it that this engine does not run
    │   └── TokenizerError       tokenizer.json is missing, malformed or of another model
    ├── RequestError             the request cannot be served by this model
    │   ├── ContextOverflow      the prompt does not fit into the context
    │   ├── CacheFull            the request does not fit into the memory set aside for the cache
    │   ├── ConstraintError      the JSON schema or grammar cannot be used
    │   └── TemplateError        the chat template is missing, fails or exceeds its limits
    ├── UnsupportedError         an engine option that this build or machine does not offer
    └── PeerLost                 another process that holds a share of the model is gone

Each message says what happened, to what, and what to do next. This module knows neither torch nor formats.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .generation import Usage


class LLMError(Exception):
    """Root of every error that the engine raises on purpose.

    One that ends a generation carries what that cost until then as `usage`.
    """

    usage: "Usage | None" = None


class ModelNotFound(LLMError):
    """There is no checkpoint at the place that was named."""


class CheckpointError(LLMError):
    """A checkpoint's files are damaged, incomplete or contradict each other."""


class ConfigError(CheckpointError):
    """`config.json` cannot be read or describes an impossible model."""


class UnsupportedModel(CheckpointError):
    """The checkpoint is of a kind that this engine does not run."""


class TokenizerError(CheckpointError):
    """`tokenizer.json` cannot be read or does not belong to the weights beside it."""


class RequestError(LLMError):
    """The caller asked for something that this model cannot serve as asked."""


class ContextOverflow(RequestError):
    """The prompt is longer than the context; nothing was cut and nothing was generated."""

    def __init__(self, tokens: int, context: int) -> None:
        self.tokens = tokens
        self.context = context
        super().__init__(
            f"The prompt has {tokens} tokens, but the context holds {context}, one of them for the answer. "
            "Shorten the prompt, or load the model with a larger context if its checkpoint allows one."
        )


class CacheFull(RequestError):
    """The request needs more of the cache's memory than there is, even with everything else evicted."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        super().__init__(
            f"The memory set aside for the cache holds {tokens} tokens, and this request needs more. "
            "Raise the setting cache_mb, or shorten the prompt."
        )


class ConstraintError(RequestError):
    """The JSON schema or grammar is malformed, too complex, or was violated."""


class TemplateError(RequestError):
    """The chat template is missing, refuses the messages, fails, or exceeds a limit."""


class UnsupportedError(LLMError):
    """The option exists in the interface, but not in this build or on this machine."""


class PeerLost(LLMError):
    """A process that holds a share of the model died, or did not answer in time; the rest is of no use."""
