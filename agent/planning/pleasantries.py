"""What people say beside a request or instead of one: greetings, thanks, "how are you", "who made you".

It asks for nothing that tools do, so it is neither planned nor missed. English only. Pure.
"""

import re

_TO = r"(?:\s+(?:homewit|there|again|mate|buddy|my friend|everyone))*"
_GREETING = (
    r"(?:hi+|hey+|hello+|hiya|yo|howdy|greetings|good\s+(?:morning|afternoon|evening|day)|morning|evening)"
    rf"{_TO}"
)
_THANKS = (
    r"(?:(?:many\s+)?thanks|thank\s+(?:you|u)|thx|thanx|ty|cheers|ta)"
    rf"(?:\s+(?:a\s+lot|a\s+bunch|so\s+much|very\s+much|(?:for|for\s+all)\s+(?:that|this|your\s+help|the\s+help)))?{_TO}"
)
_CHEER = (
    r"(?:well\s+done|(?:nice|good|great)\s+(?:one|job|work|stuff)|"
    r"great|perfect|nice|cool|awesome|brilliant|lovely|wonderful|amazing|super|excellent|wow|ok|okay|alright|"
    rf"all\s+right|sure|good|fine|got\s+it|ha(?:ha)*h?|lol|hm+|oh|ah){_TO}"
)
_PRAISE = (
    r"(?:that|this|it|you)(?:['’]?(?:s|re)|\s+(?:was|is|are|were|r))\s+(?:(?:very|so|really|super|quite|a|an|the|"
    r"great|big|real)\s+)*(?:help|helpful|great|good|nice|perfect|brilliant|amazing|awesome|funny|kind|clever|smart|"
    r"useful|best|star|quick|fast|lovely|sweet)"
)
_ASKING_AFTER = (
    r"(?:how(?:['’]?s|\s+is|\s+are|['’]?re|\s+r)?\s+(?:you|u|ya|it\s+going|things|life|your\s+day)"
    r"(?:\s+(?:doing|going|been|feeling|today|tonight|this\s+(?:morning|evening)))*|what['’]?s\s+up|sup)"
    rf"{_TO}"
)
_PARTING = (
    r"(?:good\s*bye|bye(?:\s+bye)?|see\s+(?:you|u|ya)(?:\s+(?:later|soon|tomorrow))?|good\s*night|take\s+care)"
    rf"{_TO}"
)
_YOU = r"(?:you|u)"
_ABOUT_YOU = (
    rf"(?:who|what)\s+(?:are|r)\s+{_YOU}|who\s+(?:made|built|created|wrote|trained|programmed)\s+{_YOU}|"
    rf"what(?:['’]?s|\s+is)\s+your\s+name|what\s+(?:can|do)\s+{_YOU}\s+do(?:\s+for\s+me)?|how\s+do\s+{_YOU}\s+work|"
    rf"(?:are|r)\s+{_YOU}\s+(?!able\b|sure\b|going\b|gonna\b)\S.*|how\s+old\s+are\s+{_YOU}|where\s+(?:are|do)\s+{_YOU}\b.*|"
    rf"do\s+{_YOU}\s+(?:ever\s+|always\s+)?(?:send|store|share|sell|upload|collect|track|use|need|run|"
    r"work|learn|sleep|dream|think|feel|like|love|hate|speak|understand|cost|spy|listen|talk)\b.*"
)
_ABILITIES = (
    rf"what\s+(?:all\s+|else\s+)?(?:can|do|could)\s+{_YOU}\s+do(?:\s+for\s+me)?|what\s+can\s+i\s+(?:ask(?:\s+{_YOU})?|do|say)|"
    rf"(?:i\s+need\s+|(?:show|get)\s+(?:me\s+)?)?(?:some\s+)?help(?:\s+(?:me|please|menu|page|homewit))*|homewit\s+help|"
    rf"how\s+(?:do|can)\s+i\s+use\s+(?:this|it|{_YOU}|homewit)|how\s+does\s+(?:this|it|homewit)\s+work|"
    r"(?:(?:list|show|display)\s+(?:me\s+)?)?(?:all\s+)?(?:the\s+|my\s+|your\s+)?"
    r"(?:tools|commands|abilities|capabilities|features|functions)(?:\s+list)?|"
    rf"(?:what|which)\s+(?:tools|commands|features)\s+(?:do\s+{_YOU}\s+(?:have|know)|do\s+i\s+have|are\s+there|can\s+i\s+use)"
)
# What was read stays read: "good morning" may be two kind words or one, and many of them would be tried in
# all ways. So those of several words stand in front of those of one.
_ONE = (
    f"(?>(?:{'|'.join((_GREETING, _THANKS, _PARTING, _ASKING_AFTER, _PRAISE, _CHEER))})"
    r"(?!\w))"
)
_MARKS = r"[\s,.!?;:)(\-–…]*+"
_KIND_BEFORE = rf"{_MARKS}(?:{_ONE}{_MARKS})*+"
_SMALL_TALK = re.compile(rf"{_KIND_BEFORE}(?:{_ABOUT_YOU}|{_ABILITIES})?{_MARKS}", re.IGNORECASE)
_ASKS_FOR_ABILITIES = re.compile(rf"{_KIND_BEFORE}(?:{_ABILITIES}){_MARKS}", re.IGNORECASE)
_SENTENCE = re.compile(
    rf"{_MARKS}(?:(?:hi|hey|hello|ok|okay|please)\s+)?homewit\s*[,:!]\s*(?=\w)|"
    rf"{_MARKS}{_ONE}(?:\s*+,?\s*+{_ONE})*+"
    r"(?:\s*[.!?;:]+\s*(?:(?:and|also|oh|btw|so|now|then)\b,?\s+)*|\s*,?\s+(?:and|but)\s+)(?=\w)",
    re.IGNORECASE,
)


def is_small_talk(text: str) -> bool:
    """Whether all of it is said to be kind, or asks the program about itself."""
    return any(letter.isalpha() for letter in text) and _SMALL_TALK.fullmatch(text) is not None


def asks_for_abilities(text: str) -> bool:
    """Whether all that it asks is what the program can do: "help", "what can you do", "my tools"."""
    return _ASKS_FOR_ABILITIES.fullmatch(text) is not None


def without_greeting(request: str) -> str:
    """A request without the sentences in front of it that are only kind: "thanks! and remind me …"."""
    while (kind := _SENTENCE.match(request)) is not None:
        request = request[kind.end() :]
    return request
