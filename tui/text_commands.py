"""What the slash commands answer with words alone, for the line mode and for editors.

Knows nothing of where the words are shown. What changes what is shown (another session, the end) is left to
whoever shows it.
"""

from . import lookups
from .conversation import Conversation
from .facts import fact_text
from .workflow_start import RUN


async def answer_of(conversation: Conversation, name: str, argument: str) -> list[str] | None:
    """The lines that a command answers with; None when it is none of these. Raises ``TuiError``.

    ``/run`` with a name begins a run, which tells for itself.
    """
    host = conversation.host
    match name:
        case "help":
            found = lookups.help_lines()
        case "sessions":
            found = await lookups.sessions(host, argument)
        case "memory":
            found = await lookups.memory(host, argument)
        case "run" if argument:
            conversation.submit(f"{RUN} {argument}")
            return []
        case "run":
            found = await lookups.workflows(host)
        case "save":
            return [await conversation.save(argument)]
        case "procedures":
            found = await lookups.procedures(host, argument)
        case "schedules":
            found = await lookups.schedules(host, argument)
        case "remember":
            fact = await host.item("memory.add", text=argument)
            return [f"Remembered: {fact_text(fact)}"]
        case "forget":
            return [await _forget(conversation, argument)]
        case "undo":
            return [await conversation.undo()]
        case "tools":
            found = await lookups.tools(host, argument)
        case "permissions":
            found = await lookups.permissions(host, argument)
        case "revoke":
            return [await lookups.revoke(host, argument)]
        case "plan":
            found = await lookups.plan(host, argument, conversation.state.session)
        case "doctor":
            found = await lookups.doctor(host)
        case _:
            return None
    return [text for text, _ in found]


async def _forget(conversation: Conversation, argument: str) -> str:
    """By its id, or by words that one fact holds; the host says so when several do, or none."""
    named = {"id": argument} if argument.startswith("f_") else {"query": argument}
    erased = await conversation.host.items("memory.forget", **named)
    return f"Forgot: {', '.join(str(row['id']) for row in erased)}"
