"""What is written is read: every message comes over as it was sent, short or long."""

from hypothesis import given
from hypothesis import strategies as st

from homewit.llm.parallel.messages import (
    Alive,
    Copy,
    Erase,
    Export,
    Grow,
    Load,
    Message,
    Pass,
    Project,
    Ready,
    Restore,
    Stop,
    Stretch,
    decode,
    encode,
)

numbers = st.integers(0, 1 << 40)
lists = st.lists(numbers, max_size=40)
stretches = st.builds(Stretch, lists, numbers, st.none() | lists)
messages = st.one_of(
    st.builds(Load, st.text(), st.text(), st.text(), numbers, numbers, st.booleans(), st.floats(0, 1e6)),
    st.sampled_from([Ready(), Alive(), Stop()]),
    st.builds(Pass, st.lists(stretches, max_size=4)),
    st.builds(Project, numbers, st.none() | lists),
    st.builds(Copy, numbers, numbers, numbers),
    st.builds(Grow, numbers) | st.builds(Erase, numbers),
    st.builds(Export, lists) | st.builds(Restore, lists),
)


@given(messages)
def test_messages_come_over_as_they_were_sent(message: Message) -> None:
    assert decode(encode(message)) == message
