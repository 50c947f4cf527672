//! The one thread that owns the database: requests that gather while one transaction
//! is synced share the next.

use std::sync::mpsc::Receiver;

use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::{
    Bundle, Mail, Quota, Standing, StoreError,
    tables::{self, Memory},
};
use crate::transport::control::Digest;
use doormat::protocol::Name;

/// One request and where its answer goes.
pub(super) type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

pub(super) enum Request {
    Claim(Name, Vec<u8>, Answer<Standing>),
    Publish(Name, Bundle, Answer<()>),
    Fetch(Name, Answer<Option<Vec<u8>>>),
    Deposit(Mail, Answer<()>),
    Waiting(Name, i64, usize, Answer<Vec<(i64, Mail)>>),
    Received(Name, Digest, Answer<Option<Name>>),
    Close(Answer<()>),
}

impl Request {
    /// What it adds to the database, about.
    const fn bytes(&self) -> usize {
        match self {
            Self::Deposit(mail, _) => mail.envelope.len(),
            Self::Publish(_, bundle, _) => bundle.bytes.len(),
            _ => 0,
        }
    }
}

/// Requests in one transaction, at most.
const BATCH: usize = 512;

/// Bytes of envelopes in one transaction, and one request more: a disk that is
/// nearly full must not refuse what would fit because of what came with it.
const BATCH_BYTES: usize = 256 * 1024;

/// Names whose waiting envelopes are remembered.
const REMEMBERED: usize = 10_000;

pub(super) fn work(mut database: Connection, quota: Quota, inbox: &Receiver<Request>) {
    let mut memory = Memory::default();
    while let Ok(first) = inbox.recv() {
        if let Request::Close(to) = first {
            drop(database);
            let _ = to.send(Ok(()));
            return;
        }
        let mut pending: Vec<Pending> = Vec::new();
        let done = commit(
            &mut database,
            quota,
            &mut memory,
            first,
            inbox,
            &mut pending,
        );
        let failure = done.err();
        if failure.is_some() {
            memory = Memory::default();
        } else if memory.counts.len() > REMEMBERED {
            memory.counts.clear();
        }
        for answer in pending {
            answer(failure.as_ref());
        }
    }
}

/// One transaction, with all that has gathered; synced when this returns.
fn commit(
    database: &mut Connection,
    quota: Quota,
    memory: &mut Memory,
    first: Request,
    inbox: &Receiver<Request>,
    pending: &mut Vec<Pending>,
) -> Result<(), StoreError> {
    let mut bytes = first.bytes();
    let mut batch = vec![first];
    while batch.len() < BATCH
        && bytes < BATCH_BYTES
        && let Ok(more) = inbox.try_recv()
    {
        bytes = bytes.saturating_add(more.bytes());
        batch.push(more);
    }
    let transaction = match database.transaction() {
        Ok(transaction) => transaction,
        Err(error) => {
            pending.extend(batch.into_iter().map(refuse));
            return Err(error.into());
        }
    };
    for request in batch {
        pending.push(perform(&transaction, quota, memory, request));
    }
    transaction.commit()?;
    Ok(())
}

/// An answer that goes out once its transaction is on disk, or the error that it
/// was not.
type Pending = Box<dyn FnOnce(Option<&StoreError>) + Send>;

fn perform(at: &Transaction<'_>, quota: Quota, memory: &mut Memory, request: Request) -> Pending {
    match request {
        Request::Claim(name, identity, to) => reply(to, tables::claim(at, quota, &name, &identity)),
        Request::Publish(owner, bundle, to) => {
            reply(to, tables::publish(at, quota, &owner, &bundle))
        }
        Request::Fetch(owner, to) => reply(to, tables::fetch(at, &owner)),
        Request::Deposit(mail, to) => reply(to, tables::deposit(at, quota, memory, &mail)),
        Request::Waiting(name, after, limit, to) => {
            reply(to, tables::waiting(at, &name, after, limit))
        }
        Request::Received(name, digest, to) => {
            reply(to, tables::received(at, quota, memory, &name, digest))
        }
        // One that was sent among others ends the store with them.
        Request::Close(to) => reply(to, Err(StoreError::Stopped)),
    }
}

/// A request that no transaction could be begun for.
fn refuse(request: Request) -> Pending {
    match request {
        Request::Claim(.., to) => reply(to, Err(StoreError::Stopped)),
        Request::Publish(.., to) | Request::Deposit(_, to) => reply(to, Err(StoreError::Stopped)),
        Request::Fetch(_, to) => reply(to, Err(StoreError::Stopped)),
        Request::Waiting(.., to) => reply(to, Err(StoreError::Stopped)),
        Request::Received(.., to) => reply(to, Err(StoreError::Stopped)),
        Request::Close(to) => reply(to, Err(StoreError::Stopped)),
    }
}

fn reply<T: Send + 'static>(to: Answer<T>, result: Result<T, StoreError>) -> Pending {
    Box::new(move |failure| {
        let result = match failure {
            Some(failure) => Err(failure.again()),
            None => result,
        };
        let _ = to.send(result);
    })
}
