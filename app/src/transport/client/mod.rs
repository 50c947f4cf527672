//! A device's side of a connection to a relay: connects, authenticates, carries bytes
//! both ways, and reconnects.
//!
//! | file | idea |
//! |---|---|
//! | `messages` | what a device asks of its connection, and what that tells it |
//! | `socket` | one connection, from the challenge to its end |
//! | `silence` | when something was last received on it |

mod messages;
mod silence;
mod socket;

use std::time::Duration;

use tokio::{sync::mpsc, time::sleep};

pub use messages::{Account, ClientCommand, ClientEvent, check_relay_address};
use socket::{Ended, RelaySocket};

/// The first and the longest pause before the next attempt to connect.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(8));

/// Silence after which the relay is pinged; after as long again, the connection is
/// given up. Only what is received ends it: a line that is dead takes what is sent for a while.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(45);

/// Keeps a connection for as long as the device listens to its events; `idle` is
/// [`IDLE_TIMEOUT`], or less in a test.
pub async fn run(
    account: Account,
    idle: Duration,
    mut commands: mpsc::Receiver<ClientCommand>,
    events: mpsc::Sender<ClientEvent>,
) {
    let mut pause = BACKOFF.0;
    loop {
        let ended = match RelaySocket::connect(&account, &events).await {
            Ok(mut socket) => {
                pause = BACKOFF.0;
                socket.run(idle, &mut commands, &events).await
            }
            Err(ended) => ended,
        };
        let event = match ended {
            Ended::Abandoned => return,
            Ended::Refused(why) => ClientEvent::Refused(why),
            Ended::Disconnected(why) => ClientEvent::Disconnected(why),
        };
        let last = matches!(event, ClientEvent::Refused(_));
        if events.send(event).await.is_err() || last {
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(BACKOFF.1);
        // Commands for a connection that is gone are dropped: once connected, the device
        // gives them again.
        while commands.try_recv().is_ok() {}
    }
}
