//! A real Chromium, steered over its DevTools protocol: what a page does when somebody
//! opens it and presses keys.

use std::{env, net::TcpStream, path::Path, process::Command, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::{Message, WebSocket, client, stream::MaybeTlsStream};

use super::process::Process;

/// How long a page may take to do what it was asked to.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page.
pub struct Browser {
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    session: Option<String>,
    calls: u64,
    /// What happened so far that was not asked for.
    events: Vec<Value>,
    _process: Process,
    _profile: TempDir,
}

impl Browser {
    pub fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let process = Process::start(
            Command::new(program())
                .args(["--headless", "--disable-gpu", "--hide-scrollbars"])
                // Chromium's own sandbox refuses to be run by root, as in a container.
                .args(["--no-sandbox", "--disable-dev-shm-usage"])
                .args(["--no-first-run", "--remote-debugging-port=0"])
                .arg(format!("--user-data-dir={}", profile.path().display()))
                .arg("about:blank"),
        );
        let says = process.err.says("DevTools listening on ws://");
        let url = says.split_whitespace().last().unwrap();
        let host = url.trim_start_matches("ws://").split('/').next().unwrap();
        let stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = client(url, MaybeTlsStream::Plain(stream)).unwrap();
        let mut browser = Self {
            socket,
            session: None,
            calls: 0,
            events: Vec::new(),
            _process: process,
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", attach);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Network", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Opens an address, and waits until all of it is there.
    pub fn open(&mut self, url: &str) {
        self.events.clear();
        self.call("Page.navigate", json!({ "url": url }));
        while !self.happened("Page.loadEventFired") {
            let event = self.hear();
            self.events.push(event);
        }
    }

    /// The value of an expression on the page.
    #[track_caller]
    pub fn value(&mut self, expression: &str) -> Value {
        let asked =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.call("Runtime.evaluate", asked);
        assert!(answer.get("exceptionDetails").is_none(), "{answer}");
        answer["result"]["value"].take()
    }

    /// The text that an expression gives.
    #[track_caller]
    pub fn text(&mut self, expression: &str) -> String {
        let value = self.value(expression);
        value
            .as_str()
            .unwrap_or_else(|| panic!("no text: {value}"))
            .to_owned()
    }

    /// Presses a key and lets it go.
    pub fn press(&mut self, key: &str) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => panic!("no such key: {key}"),
        };
        for kind in ["rawKeyDown", "keyUp"] {
            let press =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            self.call("Input.dispatchKeyEvent", press);
        }
        // Enter follows a link by the character that it types.
        if key == "Enter" {
            let press =
                json!({ "type": "char", "key": key, "text": "\r", "windowsVirtualKeyCode": code });
            self.call("Input.dispatchKeyEvent", press);
        }
    }

    /// Every address that the page has asked for.
    pub fn requests(&mut self) -> Vec<String> {
        self.value("0");
        let requests = self.of("Network.requestWillBeSent");
        requests
            .map(|it| it["request"]["url"].to_string())
            .collect()
    }

    /// What the page complained of: errors, warnings, refusals, and whatever it printed.
    pub fn complaints(&mut self) -> Vec<String> {
        self.value("0");
        [
            "Runtime.exceptionThrown",
            "Runtime.consoleAPICalled",
            "Log.entryAdded",
        ]
        .into_iter()
        .flat_map(|kind| self.of(kind))
        .map(Value::to_string)
        .collect()
    }

    /// A window of this size, light or dark.
    pub fn resize(&mut self, width: u32, height: u32, scheme: &str) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
        let feature = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": feature }));
    }

    /// A picture of the window as a PNG file, and the page as a PDF file, both in base64.
    pub fn picture(&mut self) -> String {
        let answer = self.call("Page.captureScreenshot", json!({}));
        answer["data"].as_str().unwrap().to_owned()
    }

    pub fn paper(&mut self) -> String {
        let asked = json!({ "printBackground": true, "preferCSSPageSize": true });
        let answer = self.call("Page.printToPDF", asked);
        answer["data"].as_str().unwrap().to_owned()
    }

    fn of(&self, kind: &'static str) -> impl Iterator<Item = &Value> {
        let events = self.events.iter();
        events
            .filter(move |it| it["method"] == kind)
            .map(|it| &it["params"])
    }

    fn happened(&self, kind: &'static str) -> bool {
        self.of(kind).next().is_some()
    }

    #[track_caller]
    fn call(&mut self, method: &str, params: Value) -> Value {
        self.calls += 1;
        let mut call = json!({ "id": self.calls, "method": method, "params": params });
        if let Some(session) = &self.session {
            call["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(call.to_string())).unwrap();
        loop {
            let mut heard = self.hear();
            if heard["id"] == self.calls {
                assert!(heard.get("error").is_none(), "{method}: {heard}");
                return heard["result"].take();
            }
            self.events.push(heard);
        }
    }

    fn hear(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.socket.read().expect("the browser answers") {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }
}

/// Chromium, under one of its names.
fn program() -> std::path::PathBuf {
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH").unwrap()).collect();
    ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path: &std::path::PathBuf| Path::is_file(path))
        .expect("Chromium is missing: on Debian and Ubuntu, `apt-get install chromium`")
}
