//! The place on the wire where Eve listens. It wraps any transport, changes
//! nothing, and records everything that passes.

use std::{
    io::{self, Write},
    net::IpAddr,
    time::Duration,
};

use super::interface::{Address, RELAY, Transport, TransportError};
use crate::tape::{Packet, Writer};

/// A transport with somebody listening.
#[derive(Debug)]
pub struct Tap<T, W: Write> {
    inner: T,
    tape: Writer<W>,
}

impl<T: Transport, W: Write> Tap<T, W> {
    /// Puts a tap on a transport; the tape goes to `out`.
    ///
    /// # Errors
    /// What `out` says.
    pub fn new(inner: T, out: W) -> io::Result<Self> {
        Ok(Self {
            inner,
            tape: Writer::new(out)?,
        })
    }

    /// The transport under the tap.
    pub const fn inner(&self) -> &T {
        &self.inner
    }

    /// Where the tape goes.
    pub const fn out(&mut self) -> &mut W {
        self.tape.out()
    }

    /// Takes the tap off, and the tape out.
    ///
    /// # Errors
    /// What the output says when it is flushed.
    pub fn finish(self) -> io::Result<W> {
        self.tape.finish()
    }

    fn record(
        &mut self,
        time: Duration,
        source: IpAddr,
        destination: IpAddr,
        payload: &[u8],
    ) -> io::Result<()> {
        self.tape.record(&Packet {
            time,
            source,
            destination,
            payload: payload.to_vec(),
        })
    }
}

impl<T: Transport, W: Write> Transport for Tap<T, W> {
    fn register(
        &mut self,
        now: Duration,
        owner: &Address,
        registration: &[u8],
    ) -> Result<(), TransportError> {
        self.record(now, owner.host, RELAY.into(), registration)?;
        self.inner.register(now, owner, registration)
    }

    fn publish(
        &mut self,
        now: Duration,
        owner: &Address,
        bundles: Vec<Vec<u8>>,
    ) -> Result<(), TransportError> {
        for bundle in &bundles {
            self.record(now, owner.host, RELAY.into(), bundle)?;
        }
        self.inner.publish(now, owner, bundles)
    }

    fn fetch(
        &mut self,
        now: Duration,
        asker: &Address,
        owner: &Address,
    ) -> Result<Vec<u8>, TransportError> {
        let bundle = self.inner.fetch(now, asker, owner)?;
        self.record(now, RELAY.into(), asker.host, &bundle)?;
        Ok(bundle)
    }

    fn send(
        &mut self,
        now: Duration,
        from: &Address,
        to: &Address,
        envelope: Vec<u8>,
    ) -> Result<(), TransportError> {
        self.record(now, from.host, to.host, &envelope)?;
        self.inner.send(now, from, to, envelope)
    }

    fn receive(&mut self, owner: &Address) -> Result<Option<Vec<u8>>, TransportError> {
        self.inner.receive(owner)
    }
}
