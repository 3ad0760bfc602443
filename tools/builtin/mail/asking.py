"""How people ask for their mail: the foreseen sentences of the tools that read it, with a verb or without.

"Mails from anna about lunch since monday" is put together here from whose it is, what it is about and when it
came, so that each order and each word that may be missing is foreseen once.
"""

from collections.abc import Iterator

_MAILS = "(mail|mails|email|emails|e-mail|e-mails|messages)"
_BARE = "(mail|mails|email|emails|e-mail|e-mails|inbox|mailbox)"
"""What stands alone for mail; messages may be others."""
_SEVERAL = "(mails|emails|e-mails|messages)"
_ONE = "(mail|email|e-mail|message)"
_LAST = "(last|latest|newest|most recent)"
_GOT = "is there|are there|do i have|have i got|got|did i get|have i gotten|did i receive|how many"
_SHOW = "show|show me|list|get|get me|check|see"
_ANY = f"[{_SHOW}|find|search|search for|look for|{_GOT}] [all] [of] [the|my|any]"
_EVERY = f"[{_SHOW}|{_GOT}] [all] [of] [the|my|any]"
"""The same where nothing is said of the mails, so that there is nothing to find them by."""
_READ = "(read|open|show) [me]"
_SEE = "[read|open|show|what is] [me]"
_OPEN = "[show|show me|read|open|list|get|get me]"
_THREAD = f"{_OPEN} [the|my] [whole|full|entire] [mail|email|e-mail]"
_ANSWERED = "(reply|answer|respond|write back|get back to me)"
_WROTE = "(written|replied|answered|responded|written back|mailed|emailed)"
_TO_ME = "[to] [me|my mail|my email|my message]"


def _whose() -> Iterator[str]:
    """What is said of mails behind the word for them, without and with the time when they came."""
    about = "about {words:words}"
    for what in (
        "(from|by) {sender}",
        about,
        f"(from|by) {{sender}} {about}",
        "(with|in) [the] subject {subject:words}",
    ):
        yield what
        yield f"{what} {{period:when}}"
        yield f"{what} from {{period:when}}"


LISTED = (
    f"{_ANY} (new|unread) {_MAILS} [do i have|have i got|are there|in my inbox] {{unread=true}}",
    "(anything|is there anything) (new|unread) in my inbox {unread=true}",
    f"(show|list|check|get|open|read) [me] [my|the] (new|unread) {_MAILS} {{unread=true}}",
    f"{_EVERY} [latest|last|recent|newest] (mails|emails|e-mails|inbox)",
    f"{_EVERY} [recent] {_BARE}",
    f"(open|read) [me] (my|the) [latest|last|recent] ({_MAILS}|inbox)",
    "what is in my inbox",
    f"{_ANY} {_LAST} {{limit}} {_MAILS}",
    "(did|has) (anyone|anybody|someone|somebody) (mail|email|mailed|emailed|write to|written to) me",
    f"{_ANY} sent ({_BARE}|items|messages|folder) {{folder=sent}}",
    f"{_ANY} {_MAILS} [that] i [have] sent {{folder=sent}}",
    "[show|show me|list|open|see] [all] [of] [the|my] [mail|email] drafts [folder] {folder=drafts}",
    f"{_ANY} (junk|spam) ({_BARE}|folder) {{folder=junk}}",
    f"{_ANY} deleted {_MAILS} {{folder=trash}}",
    f"{_ANY} {_MAILS} in [the|my] (trash|bin) {{folder=trash}}",
    f"{_ANY} archived {_MAILS} {{folder=archive}}",
    f"{_ANY} {_MAILS} in [the|my] archive {{folder=archive}}",
    f"{_ANY} {_MAILS} in [the|my] {{folder}} folder",
)
FOUND = (
    *(f"{_ANY} {_MAILS} {what}" for what in _whose()),
    *(f"{_ANY} (new|unread) {_MAILS} {what} {{unread=true}}" for what in _whose()),
    f"{_ANY} {_MAILS} [that came|that arrived|that came in|i got|received] [from|in|of] {{period:when}}",
    f"{_ANY} (new|unread) {_MAILS} [from|in] {{period:when}} {{unread=true}}",
    *(
        f"{_ANY} {day}'s [new] {_MAILS} {{period={day}}}"
        for day in ("today", "yesterday", "this week", "last week")
    ),
    *(
        f"{_ANY} {mails} {{folder=sent}}{when}"
        for mails in (
            f"{_SEVERAL} to [the|my] {{to:name}}",
            f"{_SEVERAL} to {{to:email}}",
            f"{_MAILS} [that] i [have] (sent|wrote|written) to [the|my] {{to:name}}",
            f"{_MAILS} [that] i [have] (sent|wrote|written) to {{to:email}}",
        )
        for when in ("",)
    ),
    f"{_ANY} {_SEVERAL} to {{to:name}} {{period:when}} {{folder=sent}}",
    f"{_ANY} {_MAILS} [that] i [have] sent to {{to:name}} {{period:when}} {{folder=sent}}",
    f"{_ANY} {_MAILS} [that] i [have] sent {{period:when}} {{folder=sent}}",
    f"{_ANY} sent {_MAILS} [from] {{period:when}} {{folder=sent}}",
    *(
        f"{_ANY} {mails}{who} {{attached=true}}"
        for mails in (
            f"{_MAILS} with (attachments|an attachment|attached files|files)",
            "[mail|email] attachments",
        )
        for who in (" from {sender}", " from {sender} {period:when}", " from {period:when}", " {period:when}")
    ),
    f"{_ANY} {_MAILS} with (attachments|an attachment|attached files|files) {{attached=true}}",
    f"{_ANY} {_MAILS} from {{sender}} with (attachments|an attachment) {{attached=true}}",
    f"{_ANY} {_MAILS} from {{sender}} with (attachments|an attachment) {{period:when}} {{attached=true}}",
    f"(search|look in|look through) [my|the] ({_MAILS}|inbox) for {{words:words}}",
    "did [the] {sender:name} (write|mail|email) [to] [me]",
    "did [the] {sender:name} (write|mail|email) [to] me {period:when}",
    f"did [the] {{sender:name}} {_ANSWERED} {_TO_ME} [yet]",
    f"did [the] {{sender:name}} {_ANSWERED} {_TO_ME} {{period:when}}",
    f"has [the] {{sender:name}} {_WROTE} {_TO_ME} [yet|back]",
    f"has [the] {{sender:name}} {_WROTE} {_TO_ME} {{period:when}}",
    "when did [the] {sender:name} last (write|mail|email) [to] [me]",
    "when did i last (hear|get mail|get a mail|get an email) from [the] {sender:name}",
    "(did|has) (anyone|anybody|someone|somebody) (mail|email|mailed|emailed|write|write to) me {period:when}",
    "who (mailed|emailed|wrote|wrote to) me {period:when}",
)
ONE_READ = (
    f"{_SEE} [the|my] {_LAST} {_ONE} (from|by) [the|my] {{mail:name}}",
    f"{_SEE} [the|my] {_LAST} {_ONE} {{mail=1}}",
    f"(read|open) [me] (the|my) {_ONE} (from|by) [the|my] {{mail:name}}",
    f"(read|open) [me] (the|my) {_ONE} about {{mail:words}}",
    f"{_SEE} [the|my] {{mail:name}}'s {_LAST} {_ONE}",
    f"(read|open) [me] [the|my] {{mail:name}}'s {_ONE}",
    f"{_SEE} [the|my] {_ONE} [number|no|no.|#]{{mail:~1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20}}",
    f"{_SEE} [the|my] {{mail:~first|second|third|fourth|fifth|1st|2nd|3rd|4th|5th}} {_ONE}",
    "what did [the] {mail:name} (write|mail|email) [to] [me]",
    f"what did [the] {{mail:name}} (write|say) in (his|her|their|the) [{_LAST}] {_ONE}",
    f"what does [the|my] {_LAST} {_ONE} say {{mail=1}}",
    f"what does [the|my] {_LAST} {_ONE} from [the|my] {{mail:name}} say",
)
THREAD = (
    f"{_THREAD} (thread|conversation) (with|from) [the|my] {{mail:name}}",
    f"{_THREAD} thread about {{mail:words}}",
    f"{_OPEN} [the|my] [whole|full] (mail|email|e-mail) conversation about {{mail:words}}",
    f"{_THREAD} (thread|conversation) (of|for|around) [the|my] {_LAST} {_ONE} {{mail=1}}",
    f"{_THREAD} (thread|conversation) (of|for) {{mail:name}}'s [last|latest] {_ONE}",
    f"{_THREAD} (thread|conversation) (of|for) the {_ONE} from [the|my] {{mail:name}}",
)
SAVED = tuple(
    f"(save|download|store) {which} (of|from|in) {mail} {{mail<read_mail.id}}{where}"
    for which in ("[the|an] attachment", "[the] first attachment {number=1}", "attachment [number] {number}")
    for mail in (
        f"[the|my] {_LAST} {_ONE} {{read_mail.mail=1}}",
        f"[the|my] {_LAST} {_ONE} from [the|my] {{read_mail.mail:name}}",
        f"{{read_mail.mail:name}}'s [last|latest] {_ONE}",
        f"(the|my) {_ONE} (from|by) [the|my] {{read_mail.mail:name}}",
        f"(the|my) {_ONE} about {{read_mail.mail:words}}",
    )
    for where in (" {path?}", " (to|as|in|into|under) {path}")
)
