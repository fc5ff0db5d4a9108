import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.targets.local.server.frames import BrokenConversationError, framed, receive

MESSAGES = st.lists(
    st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text())), max_size=5
)


@given(MESSAGES)
def test_messages_arrive_whole_in_order_and_no_byte_too_many_is_read(messages):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"".join(map(framed, messages)) + b"rest")
        assert [receive(theirs) for _ in messages] == messages
        assert theirs.recv(100) == b"rest"


def test_a_message_larger_than_the_buffers_arrives_whole():
    ours, theirs = socket.socketpair()
    message = {"text": "x" * 3_000_000}
    with ours, theirs:
        sending = threading.Thread(target=ours.sendall, args=(framed(message),))
        sending.start()
        assert receive(theirs) == message
        sending.join()


@pytest.mark.parametrize("cut", [0, 2, 4, 9])
def test_an_end_within_a_message_is_an_end(cut):
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(framed({"ask": "status"})[:cut])
        assert receive(theirs) is None


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"\0\0\0\2[]", "no JSON object"),
        (b"\0\0\0\2{{", "no JSON"),
        (b"GET / HTTP/1.1", "a message of 1195725856 bytes"),
    ],
)
def test_what_is_no_message_is_told_apart(sent, said):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(sent)
        with pytest.raises(BrokenConversationError) as raised:
            receive(theirs)
        assert str(raised.value) == said
