//! The load. Clients come in pairs; one of each pair writes to the other.
//!
//! ```text
//! sender:     keep `window` messages unacknowledged; each acknowledgement lets one more go
//! recipient:  take a message, note the time, confirm it to the server
//! ```
//!
//! It is a closed loop: a slow server is not flooded, it is asked less. Counted is
//! what reaches a recipient between the warm-up and the end; a message's latency
//! runs from just before it is handed to the sender's connection until its
//! recipient holds it. Afterwards everything sent must have arrived.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::oneshot,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::Failure;

/// The text of every message, in bytes.
pub const TEXT_BYTES: usize = 256;

/// How long what was sent may take to arrive after the end.
const DRAIN: Duration = Duration::from_secs(20);

/// A sender's connection. Messages of a pair are numbered from 0.
pub trait Sends: Send + 'static {
    /// Hands over the message of this number.
    fn send(&mut self, number: usize) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Waits until the server has acknowledged one more.
    fn acknowledged(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A recipient's connection.
pub trait Receives: Send + 'static {
    /// Waits for a message; gives its number. May be dropped while it waits.
    fn receive(&mut self) -> impl Future<Output = Result<usize, Failure>> + Send;
    /// Tells the server that it is safe here.
    fn confirm(&mut self, number: usize) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A message for a server that does not ask for envelopes: its number, and filling.
pub fn payload(number: usize) -> Vec<u8> {
    let mut payload = number.to_be_bytes().to_vec();
    payload.resize(TEXT_BYTES, b'x');
    payload
}

/// The number of a [`payload`].
///
/// # Errors
/// If it is none.
pub fn number(payload: &[u8]) -> Result<usize, Failure> {
    let number = payload.first_chunk().ok_or("too short")?;
    Ok(usize::from_be_bytes(*number))
}

/// What is asked of a server.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Senders; as many recipients.
    pub pairs: usize,
    /// Messages of one sender's that may be unacknowledged.
    pub window: usize,
    /// Not counted.
    pub warm_up: Duration,
    /// Counted.
    pub measured: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Messages that reached their recipient, a second.
    pub delivered: f64,
    /// Messages acknowledged to their sender, a second.
    pub acknowledged: f64,
    /// Half of the messages were faster.
    pub p50: Duration,
    /// One of a hundred was slower.
    pub p99: Duration,
    /// The server's processor time for one message.
    pub processor: Duration,
    /// Messages that had not arrived long after the end.
    pub lost: usize,
}

/// When each message of one pair was sent, by its number.
type Sent = Arc<Mutex<Vec<Instant>>>;

/// The counted time.
#[derive(Clone, Copy)]
struct Span {
    from: Instant,
    to: Instant,
}

impl Span {
    fn holds(&self, at: &Instant) -> bool {
        (self.from..self.to).contains(at)
    }
}

/// Runs the load. `processor` tells the server's processor time so far.
///
/// # Errors
/// What any connection says.
pub async fn run<S: Sends, R: Receives>(
    load: Load,
    pairs: Vec<(S, R)>,
    processor: impl Fn() -> Result<Duration, Failure>,
) -> Result<Outcome, Failure> {
    let start = Instant::now() + Duration::from_millis(100);
    let from = start + load.warm_up;
    let to = from + load.measured;
    let span = Span { from, to };
    let (mut senders, mut recipients) = (JoinSet::new(), JoinSet::new());
    for (sender, recipient) in pairs {
        let (sent, (total, expected)) = (Sent::default(), oneshot::channel());
        recipients.spawn(receive(recipient, span, Arc::clone(&sent), expected));
        senders.spawn(async move {
            sleep_until(start).await;
            send(sender, load.window, span, sent, total).await
        });
    }
    sleep_until(span.from).await;
    let before = processor()?;
    sleep_until(span.to).await;
    let spent = processor()?.saturating_sub(before);

    let mut acknowledged = 0_u32;
    let mut open = Vec::new();
    for done in senders.join_all().await {
        let (count, sender) = done?;
        acknowledged += count;
        open.push(sender);
    }
    let (mut latencies, mut lost) = (Vec::new(), 0);
    for done in recipients.join_all().await {
        let (some, missing) = done?;
        latencies.extend(some);
        lost += missing;
    }
    drop(open);
    latencies.sort_unstable();
    let count = u32::try_from(latencies.len())?;
    Ok(Outcome {
        delivered: f64::from(count) / load.measured.as_secs_f64(),
        acknowledged: f64::from(acknowledged) / load.measured.as_secs_f64(),
        p50: percentile(&latencies, 50),
        p99: percentile(&latencies, 99),
        processor: spent / count.max(1),
        lost,
    })
}

/// Gives how many were acknowledged in the span, and the connection, still open.
async fn send<S: Sends>(
    mut sender: S,
    window: usize,
    span: Span,
    times: Sent,
    total: oneshot::Sender<usize>,
) -> Result<(u32, S), Failure> {
    let (mut sent, mut acknowledged, mut counted) = (0, 0, 0);
    loop {
        while sent - acknowledged < window && Instant::now() < span.to {
            lock(&times).push(Instant::now());
            sender.send(sent).await?;
            sent += 1;
        }
        if sent == acknowledged {
            break;
        }
        sender.acknowledged().await?;
        acknowledged += 1;
        counted += u32::from(span.holds(&Instant::now()));
    }
    let _ = total.send(sent);
    Ok((counted, sender))
}

/// Gives the latencies of what arrived in the span, and how many never arrived.
async fn receive<R: Receives>(
    mut recipient: R,
    span: Span,
    times: Sent,
    mut expected: oneshot::Receiver<usize>,
) -> Result<(Vec<Duration>, usize), Failure> {
    let mut latencies = Vec::new();
    let (mut seen, mut total) = (0, None);
    while total != Some(seen) {
        let number = tokio::select! {
            number = recipient.receive() => number?,
            sent = &mut expected, if total.is_none() => {
                total = Some(sent?);
                continue;
            }
            () = sleep_until(span.to + DRAIN) => break,
        };
        let now = Instant::now();
        // Every peer promises order within a pair; one that repeats or skips shows here.
        if number != seen {
            return Err(format!("message {number} came where {seen} was due").into());
        }
        seen += 1;
        if span.holds(&now) {
            let sent = lock(&times).get(number).copied().ok_or("never sent")?;
            latencies.push(now.duration_since(sent));
        }
        recipient.confirm(number).await?;
    }
    Ok((latencies, total.unwrap_or(seen).saturating_sub(seen)))
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
