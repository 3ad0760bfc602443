"""How people ask for what is kept of somebody, and say what to keep: the foreseen sentences of contacts."""

_NEW = "((add|create|make|save) [a|the] [new]|[a] new) contact [called|named|for]"
_EMAIL = "[the] (email|e-mail|mail|email address) {email:email}"
_PHONE = "[the] (phone|number|phone number|mobile number) {phone:phone}"
_BOOK = "(contacts|address book|contact list)"
_IN_BOOK = f"(to|in|into) [my|the] {_BOOK}"
_ASKED = (
    "(what is|do you know|do you have|have you got|do i have|have i got|find|look up|show me|show|tell me|"
    "get me|get|give me)"
)
_NUMBER = "(phone number|mobile number|cell number|telephone number)"
_LONG = f"({_NUMBER}|email address|e-mail address|mail address|postal address|contact details)"
"""What is kept of people, in words that are about nothing else."""
_KEPT = (
    "(number|phone|phone number|mobile|mobile number|cell|cell number|telephone number|email|e-mail|"
    "mail|email address|e-mail address|mail address|address|postal address|contact details|details|contact|"
    "birthday|bday)"
)
"""What phrases call the things that are kept of a person."""
_AS = "[as|to|is|it is|it's|its]"
_CHANGED = (
    "(change|update|set) {{contact:name}}'s {kept} to {value}",
    "{{contact:name}}'s [new] {kept} (is now|changed to|has changed to|is) {value}",
    "(the new|the) {kept} (of|for) {{contact:name}} is [now] {value}",
    "{{contact:name}} (has|got|has got) a new {kept}[,|:] [it is|it's|its] {value}",
    "{{contact:name}} [has] (moved|changed jobs|changed)[,] [and] (his|her|their|the) [new] {kept} "
    "is [now] {value}",
)
"""How people say what is new of somebody; with the name of what is kept, and its place."""
_SOME = "[show|show me|list|any|are there any|get|what are] [all] [the|my]"
_HAS = "(has|have|celebrates|is having) [a|their|his|her] birthday"

FOUND = (
    f"{_ASKED} {{words:name}}'s {_KEPT}",
    f"{{words:name}}'s {_KEPT}",
    f"{_ASKED} {{words:name}}'s {_KEPT} again",
    f"[{_ASKED}] [the] {{words:name}} {_LONG}",
    f"[{_ASKED}] {{words:name}} (birthday|bday)",
    f"{_NUMBER} {{words:name}}",
    f"[{_ASKED}] [the] {_LONG} (of|for) [the] {{words:name}}",
    f"[{_ASKED}] [the] (email|birthday|bday|address) of {{words:name}}",
    "[what is|do you know] [the] (email|number) for [the] {words:name}",
    f"(do you have|have you got|do i have|have i got) [the|a] {_KEPT} (of|for) [the] {{words:name}}",
    f"(find|look up|search for|show|show me|get me) {{words:name}} in [my|the] {_BOOK}",
    "(find|look up|show|show me|get me|open) [the|my] contact [of|for] {words:name}",
    f"(search|look in) [my|the] {_BOOK} for {{words:name}}",
    f"(who is|do i have|is there) [a] {{words:name}} in [my|the] {_BOOK}",
    "(who do i know|do i know anyone|do i know anybody|who do i have) (at|from|in) {words:words}",
    "how (can|do) i (reach|contact|call|phone|email) {words:name}",
    "where does {words:name} (live|work)",
    "who works (at|for) {words:words}",
    "who lives in {words:words}",
    "people i know (at|in|from) {words:words}",
    "(contacts|people) (at|from) {words:words}",
    "[show|show me|list] [my|all|the] contacts (at|from|in) {words:words}",
    "(when is|when was|when's) {words:name}'s birthday",
    "how old is {words:name}",
    "(whose|who's) [phone] number is {words:phone}",
    "(whose number is|who is|who called from|who has the number) {words:phone}",
    f"[show|show me|list|open|see|get] [me] [all] [of] [my|the] {_BOOK}",
    f"{_SOME} [next|upcoming|coming] birthdays {{birthday=next}}",
    "[when is] [the] next birthday {birthday=next}",
    "(whose|who's) birthday is [next|coming|coming up] [next] {birthday=next}",
    f"who {_HAS} next {{birthday=next}}",
    f"{_SOME} birthdays [coming up] {{birthday:when}}",
    f"{_SOME} [upcoming] birthdays of (this|the) {{birthday:when}}",
    "(whose|who's) birthday is [it] [on] {birthday:when}",
    f"who {_HAS} {{birthday:when}}",
    "(does|do) (anyone|anybody|someone|somebody) have [a|their] birthday {birthday:when}",
    "is it (anyone's|anybody's|someone's|somebody's) birthday {birthday:when}",
)
ADDED = (
    f"(add|save|put) {{name:name}} {_IN_BOOK}",
    *(
        f"(add|save|put) {{name:name}} {_IN_BOOK} with {kept}"
        for kept in (_PHONE, _EMAIL, f"{_PHONE} and {_EMAIL}", f"{_EMAIL} and {_PHONE}")
    ),
    *(
        f"(add|save|put) {{name:name}} with {kept} {_IN_BOOK}"
        for kept in (_PHONE, _EMAIL, f"{_PHONE} and {_EMAIL}", f"{_EMAIL} and {_PHONE}")
    ),
    *(f"(add|save|put) {{name:name}} {kept} {_IN_BOOK}" for kept in ("{email:email}", "{phone:phone}")),
    f"{_NEW} {{name?}}",
    f"{_NEW} {{name:name}}",
    "new contact: {name:name}",
    "(add|save) {name:name} as a [new] contact",
    f"{_NEW} {{name:name}} {{email:email}}",
    "new contact[:] {name:name}[,] {email:email}",
    "new contact[:] {name:name}[,] {phone:phone}",
    f"{_NEW} {{name:name}} {{phone:phone}}",
    *(
        f"{_NEW} {{name:name}} with {kept}"
        for kept in (_PHONE, _EMAIL, f"{_PHONE} and {_EMAIL}", f"{_EMAIL} and {_PHONE}")
    ),
    f"(add|save) [the] {{name:name}}'s [phone|mobile] number[,|:] {_AS} {{phone:phone}}",
    f"(add|save) [the] {{name:name}}'s (email|e-mail|mail|email address)[,|:] {_AS} {{email:email}}",
    "(add|save) [the] [phone|mobile] number {phone:phone} (for|as|of) {name:name}",
    "(add|save) [the] (email|e-mail|mail|email address) {email:email} (for|as|of) {name:name}",
)
EDITED = (
    *(
        form.format(kept=kept, value=value)
        for kept, value in (
            ("[phone|mobile|cell] (number|phone)", "{phone:phone}"),
            ("(email|e-mail|mail) [address]", "{email:email}"),
        )
        for form in _CHANGED
    ),
    "(change|update|set) {contact:name}'s [postal|home] address to {address:words}",
    "(change|update|set) {contact:name}'s birthday to {birthday:when}",
    "(change|update) {contact:name}'s [phone|mobile|cell] (number|phone) {phone?}",
    "(change|update) {contact:name}'s (email|e-mail|mail) [address] {email?}",
    "(change|update) {contact:name}'s [postal|home] address {address?}",
    "rename [the|my] contact {contact:name} (to|as|into) {name:name}",
)
DELETED = (
    "(delete|remove) [the|my] contact [of|for] {contact:name}",
    "(delete|remove) {contact:it} [contact] [again]",
    f"(delete|remove|take|kick) {{contact:name}} (from|in|out of|off) [my|the] {_BOOK}",
)
