"""How people say what to write to whom, and what to answer: the foreseen sentences of what sends mail."""

from collections.abc import Iterator

_KINDS = "(mail|email|e-mail|message)"
_A_MAIL = f"[a|an] [new] {_KINDS}"
_HEADED = (" (with|and) [the|a] subject", ", [with|and] [the|a] subject")
_SAYING = "(saying|that says|that|with the text|to say)"
_TEXT = "[the|a] (text|body|message)[:]"
_WRITE = "(draft|write|compose|prepare)"
_SOMEBODY = (("{to:email}", ""), ("{find_contacts.words:name}", " {to<find_contacts.email}"))
"""An address, or somebody whose address is looked up first."""
_LAST = "(last|latest|newest|most recent)"
_MAIL_MEANT = (
    f"{{read_mail.mail:name}}'s [{_LAST}] {_KINDS}",
    f"(the|a|my) [{_LAST}] {_KINDS} (from|by|of) [the|my] {{read_mail.mail:name}}",
    f"{_LAST} {_KINDS} (from|by|of) [the|my] {{read_mail.mail:name}}",
    f"(the|my) {_KINDS} about {{read_mail.mail:words}}",
    f"[the|my] {_LAST} {_KINDS}{{read_mail.mail=1}}",
)
"""Which mail is answered or passed on, by who wrote it or what it is about."""
_ANSWERED = ("{read_mail.mail:name}", *_MAIL_MEANT)
_ITS_WORDS = "{body<read_mail.body} {subject<read_mail.subject}"
_ITS_SENDER = "{to<read_mail.sender} {answers<read_mail.id}"


def _to_somebody(mail: str) -> Iterator[str]:
    """The ways to go on behind words such as "send a mail to": to whom, about what, and saying what."""
    for who, looked_up in _SOMEBODY:
        yield f"{mail} {who} {_SAYING} {{body}}{looked_up}"
        yield f"{mail} {who}: {{body}}{looked_up}"
        yield f"{mail} {who} {{body?}}{looked_up}"
        yield f"{mail} {who} about {{subject}} {{body?}}{looked_up}"
        for headed in _HEADED:
            yield f"{mail} {who}{headed} {{subject}} {_SAYING} {{body}}{looked_up}"
            yield f"{mail} {who}{headed} {{subject}} (and|with|and with) {_TEXT} {{body}}{looked_up}"
            yield f"{mail} {who}{headed} {{subject}}, [and|with] {_TEXT} {{body}}{looked_up}"
            yield f"{mail} {who}{headed} {{subject}} {{body?}}{looked_up}"


def _in_reply(reply: str) -> Iterator[str]:
    """The ways to go on behind words such as "reply to": to whose mail, and what."""
    for mail in _ANSWERED:
        yield f"{reply} {mail}: {{body}} {_ITS_SENDER}"
        yield f"{reply} {mail} [and] (saying|saying that|say|say that|that|with) {{body}} {_ITS_SENDER}"
        yield f"{reply} {mail} [and] tell (him|her|them) [that] {{body}} {_ITS_SENDER}"
        if reply != "answer" or mail != _ANSWERED[0]:  # nobody wrote "the phone"
            yield f"{reply} {mail} {{body?}} {_ITS_SENDER}"


SENT = (
    *_to_somebody(f"send {_A_MAIL} to"),
    *_to_somebody("(email|e-mail|mail)"),
    *(f"tell {who} by {_KINDS} [that] {{body}}{looked_up}" for who, looked_up in _SOMEBODY),
    *(f"let {who} know by {_KINDS} [that] {{body}}{looked_up}" for who, looked_up in _SOMEBODY),
    *(
        f"(email|mail|send) [the] file {{attachments:path}} to {who} {{body?}}{looked_up}"
        for who, looked_up in _SOMEBODY
    ),
    *(
        f"send {who} (a|an) [new] {_KINDS} {rest}{looked_up}"
        for rest in (f"{_SAYING} {{body}}", "{body?}", "about {subject} {body?}")
        for who, looked_up in _SOMEBODY
    ),
    *_in_reply("(reply|respond|write back) to"),
    *_in_reply("answer"),
    *(
        f"forward {mail} to {who}{looked_up} {_ITS_WORDS}"
        for mail in _MAIL_MEANT
        for who, looked_up in _SOMEBODY
    ),
    "(email|mail|send) {body:result} to {to:email}",
    f"send {_A_MAIL} to {{to:email}} with {{body:result}}",
)
DRAFTED = (
    *_to_somebody(f"({_WRITE} {_A_MAIL}|[a] new {_KINDS}) to"),
    "write [to] {to:email} {body?}",
    *(
        f"{_WRITE} {who} (a|an) [new] {_KINDS} {rest}{looked_up}"
        for rest in (f"{_SAYING} {{body}}", "{body?}", "about {subject} {body?}")
        for who, looked_up in _SOMEBODY
    ),
    *_in_reply(f"{_WRITE} [a|an] (reply|answer|response) to"),
    f"{_WRITE} {_A_MAIL} to {{to:email}} with {{body:result}}",
)
