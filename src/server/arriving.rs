//! What has come from callers and is not in work yet: bytes of messages that are still on their way, and
//! documents of streams that wait for room.
//!
//! A request's body goes in and comes out unchanged, its bytes counted until their message is whole; beyond
//! a bound over all calls, a call is refused. What a reader would question: bytes are counted as they come,
//! not as a message's head announces them. A caller that announces much and sends nothing takes no room. A
//! document that waits counts twice, as its message and as its text, since the buffers of both are kept.

use super::Limits;
use super::refusal::Refusal;
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::Sleep;
use tonic::body::Body;
use tonic::{Code, Status};

/// Bytes before a message: whether it is compressed, and its length in four.
const HEAD: usize = 5;

/// How long a call may stay open after the one message that it sends.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much larger a compressed message is taken to be while it waits: about the most of deflate.
const UNPACKED: usize = 1_000;

/// Room for what has come and is not in work, over all calls.
#[derive(Debug)]
pub(super) struct Room {
    max_message_bytes: usize,
    most: usize,
    taken: AtomicUsize,
}

impl Room {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            max_message_bytes: limits.max_message_bytes,
            most: limits.max_waiting_bytes,
            taken: AtomicUsize::new(0),
        })
    }

    /// Takes `bytes`, or nothing if there are not as many left.
    pub(super) fn hold(self: &Arc<Self>, bytes: usize) -> Result<Held, Refusal> {
        let mut held = self.nothing();
        held.grow(bytes).map(|()| held)
    }

    /// A part that is empty yet.
    pub(super) fn nothing(self: &Arc<Self>) -> Held {
        Held {
            room: Arc::clone(self),
            bytes: 0,
        }
    }
}

/// A part of the room, given back when dropped.
#[derive(Debug)]
pub(super) struct Held {
    room: Arc<Room>,
    bytes: usize,
}

impl Held {
    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn grow(&mut self, by: usize) -> Result<(), Refusal> {
        let most = self.room.most;
        let more = |taken: usize| taken.checked_add(by).filter(|&sum| sum <= most);
        let taken = self
            .room
            .taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map_err(|_| {
            let message = format!("{most} bytes of requests wait, which is the server's limit");
            Refusal::overloaded(message)
        })?;
        self.bytes += by;
        Ok(())
    }

    /// Takes more or gives back, to hold `bytes`.
    pub(super) fn resize(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.shrink_to(bytes);
        self.grow(bytes - self.bytes)
    }

    fn shrink_to(&mut self, bytes: usize) {
        let freed = self.bytes.saturating_sub(bytes);
        self.room.taken.fetch_sub(freed, Ordering::Relaxed);
        self.bytes -= freed;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

/// How messages come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrives {
    /// One, which is read only when the body has ended.
    Single,
    /// One after another, each read as soon as it is whole.
    Stream,
}

/// A request's body, counted.
pub(super) struct Arriving {
    body: Body,
    arrives: Arrives,
    held: Held,
    messages: Messages,
    /// When a body must end whose one message is whole.
    ends: Option<Pin<Box<Sleep>>>,
}

impl Arriving {
    /// Counts `body` in `room`.
    pub(super) fn new(body: Body, arrives: Arrives, room: &Arc<Room>) -> Self {
        Self {
            body,
            arrives,
            held: room.nothing(),
            messages: Messages::default(),
            ends: None,
        }
    }

    /// The message is taken, unpacked, and waits for the end of the body: not for ever, and counted.
    fn wait_for_end(&mut self, context: &mut Context<'_>) -> Result<(), Refusal> {
        if self.ends.is_none() {
            if self.messages.compressed {
                let most = self.held.room.max_message_bytes;
                self.held
                    .grow(self.held.bytes.saturating_mul(UNPACKED).min(most))?;
            }
            self.ends = Some(Box::pin(tokio::time::sleep(PATIENCE)));
        }
        let ends = self.ends.as_mut().map(|ends| ends.as_mut().poll(context));
        if ends.is_some_and(|ends| ends.is_ready()) {
            let message = "the request did not end with its message";
            return Err(Refusal::new(Code::InvalidArgument, "UNENDED", message));
        }
        Ok(())
    }
}

impl http_body::Body for Arriving {
    type Data = <Body as http_body::Body>::Data;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        if self.arrives == Arrives::Stream {
            // Whoever asks for more has taken all whole messages.
            let rest = self.messages.rest;
            self.held.shrink_to(rest);
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_pending()
            && self.arrives == Arrives::Single
            && self.messages.n_whole > 0
            && let Err(refusal) = self.wait_for_end(context)
        {
            return Poll::Ready(Some(Err(refusal.into())));
        }
        let frame = ready!(polled);
        if let Some(data) = frame.as_ref().and_then(|f| f.as_ref().ok()?.data_ref()) {
            if let Err(refusal) = self.held.grow(data.len()) {
                return Poll::Ready(Some(Err(refusal.into())));
            }
            self.messages.pass(data);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Where messages end in a body.
#[derive(Debug, Default)]
struct Messages {
    /// Bytes since the end of the last whole message.
    rest: usize,
    head: [u8; HEAD],
    /// Length of the message that has begun, with its head, once that is whole.
    length: Option<usize>,
    n_whole: usize,
    /// Whether the last whole message was compressed.
    compressed: bool,
}

impl Messages {
    fn pass(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            let wanted = self.length.unwrap_or(HEAD) - self.rest;
            let (part, after) = data.split_at(wanted.min(data.len()));
            if self.length.is_none() {
                let head = self.head.iter_mut().skip(self.rest);
                head.zip(part).for_each(|(to, from)| *to = *from);
            }
            self.rest += part.len();
            data = after;
            if self.length.is_none() && self.rest == HEAD {
                let [_, length @ ..] = self.head;
                self.length = Some(HEAD + u32::from_be_bytes(length) as usize);
            }
            if self.length == Some(self.rest) {
                (self.rest, self.length) = (0, None);
                self.n_whole += 1;
                self.compressed = self.head.first().is_some_and(|&flag| flag != 0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::refusal::RETRY;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn room_is_given_back() {
        let room = Room::new(&Limits {
            max_waiting_bytes: 10,
            ..Limits::default()
        });
        let first = room.hold(6).unwrap();
        let refused = room.hold(5).unwrap_err();
        assert_eq!(refused.code, Code::ResourceExhausted);
        assert_eq!(refused.retry_after, Some(RETRY));
        let second = room.hold(4).unwrap();
        drop((first, second));
        assert!(room.hold(10).is_ok());
        assert!(room.hold(usize::MAX).is_err());
    }

    /// A body that never ends: its frames, then nothing.
    struct Unended(Vec<Vec<u8>>);

    impl http_body::Body for Unended {
        type Data = <Body as http_body::Body>::Data;
        type Error = Status;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
            match self.0.pop() {
                Some(data) => Poll::Ready(Some(Ok(Frame::data(data.into())))),
                None => Poll::Pending,
            }
        }
    }

    #[tokio::test]
    async fn what_is_taken_counts_by_how_it_is_read() {
        use http_body::Body as _;
        let room = Room::new(&Limits::default());
        let context = &mut Context::from_waker(std::task::Waker::noop());
        let message = |compressed: u8| vec![compressed, 0, 0, 0, 2, 7, 7];
        for (arrives, compressed, expected) in [
            (Arrives::Stream, 0, 0),
            (Arrives::Single, 0, 7),
            (Arrives::Single, 1, 7 + 7 * UNPACKED),
        ] {
            let unended = Body::new(Unended(vec![message(compressed)]));
            let mut body = Arriving::new(unended, arrives, &room);
            assert!(Pin::new(&mut body).poll_frame(context).is_ready());
            assert_eq!(room.taken.load(Ordering::Relaxed), 7);
            assert!(Pin::new(&mut body).poll_frame(context).is_pending());
            assert_eq!(room.taken.load(Ordering::Relaxed), expected);
            drop(body);
            assert_eq!(room.taken.load(Ordering::Relaxed), 0);
        }
    }

    proptest! {
        /// However a body is cut, the rest is what came after the last whole message.
        #[test]
        fn messages_end_where_they_say(
            lengths in prop::collection::vec(0usize..300, 0..8),
            cuts in prop::collection::vec(1usize..200, 1..40),
            cut_off in 0usize..400,
        ) {
            let mut body = Vec::new();
            let mut ends = vec![0];
            for length in lengths {
                body.push(0);
                body.extend((length as u32).to_be_bytes());
                body.resize(body.len() + length, 7);
                ends.push(body.len());
            }
            body.truncate(body.len().saturating_sub(cut_off));
            let mut messages = Messages::default();
            let (mut at, mut cuts) = (0, cuts.iter().cycle());
            while at < body.len() {
                let to = body.len().min(at + cuts.next().unwrap());
                messages.pass(&body[at..to]);
                at = to;
                let last = ends.iter().rfind(|&&end| end <= at).unwrap();
                prop_assert_eq!(messages.rest, at - last);
                let n_whole = ends.iter().filter(|&&end| end <= at).count() - 1;
                prop_assert_eq!(messages.n_whole, n_whole);
            }
        }
    }
}
