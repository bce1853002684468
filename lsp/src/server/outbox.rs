//! Messages that wait for the client: a queue without end, so that nothing waits for a client that does not read.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    sync::Notify,
};

use super::frame;

/// The queue before the client.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queue: Mutex<Queue>,
    wake: Notify,
}

/// The waiting messages.
#[derive(Debug, Default)]
struct Queue {
    /// Messages in order; `None` where a newer one of the same key has been put behind.
    messages: VecDeque<Option<Waiting>>,
    /// The number of messages that have left.
    gone: u64,
    /// For each key the number of the message that waits under it.
    keyed: HashMap<String, u64>,
    is_closed: bool,
}

/// A message with its key.
#[derive(Debug)]
struct Waiting {
    key: Option<String>,
    body: String,
}

impl Outbox {
    /// Adds a message.
    pub(super) fn send(&self, body: String) {
        self.push(None, body);
    }

    /// Adds a message that says all that an older one under the same key says: if that one waits still, it is left out.
    pub(super) fn send_latest(&self, key: String, body: String) {
        self.push(Some(key), body);
    }

    /// Takes no more messages; the writer ends when those that wait are written.
    pub(super) fn close(&self) {
        self.queue().is_closed = true;
        self.wake.notify_one();
    }

    /// Writes messages as they come, until the queue is closed.
    ///
    /// # Errors
    ///
    /// The client does not take them.
    pub(super) async fn write_to(&self, mut output: impl AsyncWrite + Unpin) -> io::Result<()> {
        loop {
            let (next, is_closed) = self.next();
            match next {
                Some(body) => output.write_all(&frame::written(&body)).await?,
                None if is_closed => return output.flush().await,
                None => {
                    output.flush().await?;
                    self.wake.notified().await;
                }
            }
        }
    }

    fn push(&self, key: Option<String>, body: String) {
        let mut queue = self.queue();
        if queue.is_closed {
            return;
        }
        if let Some(key) = &key {
            let number = queue.gone + queue.messages.len() as u64;
            let gone = queue.gone;
            let older = queue.keyed.insert(key.clone(), number).and_then(|older| older.checked_sub(gone));
            let place = older.and_then(|at| usize::try_from(at).ok()).and_then(|at| queue.messages.get_mut(at));
            if let Some(place) = place {
                *place = None;
            }
        }
        queue.messages.push_back(Some(Waiting { key, body }));
        drop(queue);
        self.wake.notify_one();
    }

    /// Takes the next message, and tells whether the queue is closed.
    fn next(&self) -> (Option<String>, bool) {
        let mut queue = self.queue();
        while let Some(waiting) = queue.messages.pop_front() {
            queue.gone += 1;
            let Some(waiting) = waiting else { continue };
            if let Some(key) = waiting.key {
                queue.keyed.remove(&key);
            }
            return (Some(waiting.body), queue.is_closed);
        }
        (None, queue.is_closed)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(outbox: &Outbox) -> Vec<String> {
        std::iter::from_fn(|| outbox.next().0).collect()
    }

    #[test]
    fn an_older_message_of_the_same_key_is_left_out() {
        let outbox = Outbox::default();
        outbox.send("a".into());
        outbox.send_latest("k".into(), "k1".into());
        outbox.send("b".into());
        outbox.send_latest("k".into(), "k2".into());
        outbox.send_latest("l".into(), "l1".into());
        assert_eq!(rest(&outbox), ["a", "b", "k2", "l1"]);
        outbox.send_latest("k".into(), "k3".into());
        outbox.send_latest("k".into(), "k4".into());
        outbox.close();
        outbox.send("late".into());
        assert_eq!(rest(&outbox), ["k4"]);
    }
}
