//! A real Chromium through ChromeDriver (WebDriver), used as a person uses it: keys, clicks,
//! typing.

use std::{
    process::Command,
    sync::LazyLock,
    time::{Duration, Instant},
};

use axum::http::Method;
use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    error::CmdError,
    wd::{PrintConfiguration, WebDriverCompatibleCommand, WindowHandle},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{
    docs::root,
    process::{Process, until},
};

/// How long a page may take to do what it was asked to.
const PATIENCE: Duration = super::process::PATIENCE;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Keys as WebDriver writes them.
pub mod keys {
    pub const TAB: char = '\u{e004}';
    pub const ENTER: char = '\u{e007}';
    pub const ESCAPE: char = '\u{e00c}';
    pub const PAGE_UP: char = '\u{e00e}';
    pub const PAGE_DOWN: char = '\u{e00f}';
    pub const END: char = '\u{e010}';
    pub const HOME: char = '\u{e011}';
    pub const LEFT: char = '\u{e012}';
    pub const RIGHT: char = '\u{e014}';
    pub const DOWN: char = '\u{e015}';
}

/// A browser with one page.
pub struct Browser {
    client: Client,
    _driver: Process,
}

/// ChromeDriver, and its port. It chooses a free port for IPv4 and IPv6 one after the other,
/// and ends if another process takes the port in between.
fn chromedriver() -> (Process, String) {
    for _ in 0..5 {
        let mut driver = Process::start(Command::new("chromedriver").arg("--port=0"));
        let listens = "started successfully on port ";
        until("chromedriver listens, or ends", || {
            driver.out.count(listens) > 0 || driver.has_ended()
        });
        if driver.out.count(listens) > 0 {
            let says = driver.out.says(listens);
            let port = says.split_once(listens).unwrap().1.trim_end_matches('.');
            return (driver, port.to_owned());
        }
    }
    panic!("chromedriver, which scripts/test installs, does not start");
}

/// A command of ChromeDriver that is not part of WebDriver.
#[derive(Debug)]
struct ChromeCommand(&'static str, Value);

impl WebDriverCompatibleCommand for ChromeCommand {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.0
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.1.to_string()))
    }
}

impl Browser {
    /// Starts a browser, and opens a page.
    pub fn open(url: &str) -> Self {
        Self::with(url, &json!({}))
    }

    /// The same, with cookies off.
    pub fn without_cookies(url: &str) -> Self {
        let refused = json!({ "profile.default_content_setting_values.cookies": 2 });
        Self::with(url, &refused)
    }

    fn with(url: &str, preferences: &Value) -> Self {
        let (driver, port) = chromedriver();
        let capabilities = json!({
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": { "prefs": preferences, "args": [
                "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,720",
                // Chromium's own sandbox refuses to be run by root, as in a container.
                "--no-sandbox",
                // Chromium's own requests are off, so that the pages' are all.
                "--no-first-run", "--disable-quic", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ] },
        });
        let client = RUNTIME.block_on(async {
            ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
                .capabilities(capabilities.as_object().unwrap().clone())
                .connect(&format!("http://127.0.0.1:{port}"))
                .await
                .expect("a browser: scripts/test installs chromium and chromium-driver")
        });
        let page = Self {
            client,
            _driver: driver,
        };
        page.resize(1280, 720, &[]);
        page.goto(url);
        page
    }

    pub fn goto(&self, url: &str) {
        RUNTIME.block_on(self.client.goto(url)).unwrap();
    }

    pub fn reload(&self) {
        RUNTIME.block_on(self.client.refresh()).unwrap();
    }

    /// Opens a page in another tab, and switches to it; the tab before.
    pub fn other_tab(&self, url: &str) -> WindowHandle {
        let here = RUNTIME.block_on(self.client.window()).unwrap();
        let there = RUNTIME.block_on(self.client.new_window(true)).unwrap();
        self.switch_to(&there.handle);
        self.goto(url);
        here
    }

    pub fn switch_to(&self, tab: &WindowHandle) {
        let switch = self.client.switch_to_window(tab.clone());
        RUNTIME.block_on(switch).unwrap();
    }

    /// The value of an expression; of a promise, what it resolves to.
    #[track_caller]
    pub fn value(&self, expression: &str) -> Value {
        self.run(&format!("return ({expression})"))
    }

    /// Runs a script: what it returns.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        RUNTIME
            .block_on(self.client.execute(script, Vec::new()))
            .unwrap()
    }

    /// Runs a script: what it passes to its last argument, a function.
    #[track_caller]
    pub fn run_async(&self, script: &str) -> Value {
        RUNTIME
            .block_on(self.client.execute_async(script, Vec::new()))
            .unwrap()
    }

    /// The text of an element, as a person sees it.
    #[track_caller]
    pub fn text(&self, css: &str) -> String {
        self.on(css, async |element| element.text().await)
    }

    #[track_caller]
    pub fn click(&self, css: &str) {
        self.on(css, async |element| element.click().await);
    }

    #[track_caller]
    pub fn type_into(&self, css: &str, text: &str) {
        self.on(css, async |element| element.send_keys(text).await);
    }

    /// Does something with an element, and finds it again if the page has replaced it in
    /// between.
    #[track_caller]
    fn on<T>(&self, css: &str, act: impl AsyncFn(Element) -> Result<T, CmdError>) -> T {
        let begun = Instant::now();
        loop {
            let done = RUNTIME.block_on(async {
                let element = self.client.find(Locator::Css(css)).await;
                act(element.unwrap_or_else(|_| panic!("no {css}"))).await
            });
            match done {
                Ok(value) => return value,
                Err(error) if error.is_stale_element_reference() && begun.elapsed() < PATIENCE => {}
                Err(error) => panic!("{css}: {error}"),
            }
        }
    }

    /// Presses a key, wherever the focus is.
    pub fn press(&self, key: char) {
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        RUNTIME.block_on(self.client.perform_actions(keys)).unwrap();
    }

    /// Confirms the page's dialog.
    pub fn confirm(&self) {
        RUNTIME.block_on(self.client.accept_alert()).unwrap();
    }

    /// Dismisses it.
    pub fn dismiss(&self) {
        RUNTIME.block_on(self.client.dismiss_alert()).unwrap();
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub fn until(&self, expression: &str) {
        let begun = Instant::now();
        while self.value(&format!("({expression}) === true")) != true {
            assert!(
                begun.elapsed() < PATIENCE,
                "{expression} is not true: {}",
                self.value("document.body.innerText")
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the projector page is in a scene.
    #[track_caller]
    pub fn is_in(&self, scene: &str) {
        self.until(&format!("document.body.dataset.scene === '{scene}'"));
    }

    /// Resizes the window; `media` are features such as `prefers-color-scheme: dark`.
    pub fn resize(&self, width: u32, height: u32, media: &[(&str, &str)]) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let features = media
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }));
        let features = json!({ "features": features.collect::<Vec<_>>() });
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// A command of the DevTools protocol.
    pub fn devtools(&self, command: &str, params: &Value) -> Value {
        self.chrome_command(
            "goog/cdp/execute",
            json!({ "cmd": command, "params": params }),
        )
    }

    /// The window as a PNG file.
    pub fn screenshot(&self) -> Vec<u8> {
        RUNTIME.block_on(self.client.screenshot()).unwrap()
    }

    /// The printed page as a PDF file.
    pub fn pdf(&self) -> Vec<u8> {
        let print = PrintConfiguration::builder().background(true);
        let pdf = self.client.print(print.build().unwrap());
        RUNTIME.block_on(pdf).unwrap()
    }

    /// Errors, warnings and output on the console since the last call.
    pub fn console(&self) -> Vec<String> {
        let log = self.chrome_command("se/log", json!({ "type": "browser" }));
        let entries = log.as_array().unwrap().iter();
        entries.map(|it| it["message"].to_string()).collect()
    }

    /// The URLs of all requests since the last call.
    pub fn requests(&self) -> Vec<String> {
        let log = self.chrome_command("se/log", json!({ "type": "performance" }));
        let entries = log.as_array().unwrap().iter().filter_map(|it| {
            let message: Value = serde_json::from_str(it["message"].as_str()?).ok()?;
            let message = &message["message"];
            let url = message["params"]["request"]["url"].as_str()?;
            (message["method"] == "Network.requestWillBeSent").then(|| url.to_owned())
        });
        entries.collect()
    }

    /// The console is empty, and all requests went to one server.
    #[track_caller]
    pub fn assert_self_contained(&self, own: &str) {
        assert_eq!(self.console(), Vec::<String>::new());
        let requests = self.requests();
        assert!(!requests.is_empty());
        for request in requests {
            let ours = request.starts_with(&format!("http://{own}/"));
            assert!(ours || request.starts_with("data:"), "{request}");
        }
    }

    /// What axe-core calls serious or critical on the page as it is.
    pub fn axe_findings(&self) -> Vec<String> {
        let found = self.devtools("Runtime.evaluate", &json!({
            "expression": format!("{}; axe.run().then((it) => JSON.stringify(it.violations))", *AXE),
            "awaitPromise": true, "returnByValue": true,
        }));
        let text = found["result"]["value"]
            .as_str()
            .unwrap_or_else(|| panic!("{found}"));
        let violations: Value = serde_json::from_str(text).unwrap();
        let serious = violations
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["impact"] == "serious" || it["impact"] == "critical");
        serious
            .map(|it| {
                format!(
                    "{}: {}",
                    it["help"],
                    it["nodes"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|it| it["html"].to_string())
                        .collect::<Vec<_>>()
                        .join(" ")
                )
            })
            .collect()
    }

    fn chrome_command(&self, endpoint: &'static str, body: Value) -> Value {
        RUNTIME
            .block_on(self.client.issue_cmd(ChromeCommand(endpoint, body)))
            .unwrap()
    }
}

/// axe-core, which `scripts/test` fetches.
static AXE: LazyLock<String> = LazyLock::new(|| {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), std::path::PathBuf::from);
    let file = target.join("tools/axe.min.js");
    std::fs::read_to_string(&file)
        .unwrap_or_else(|_| panic!("{} is missing: scripts/test fetches it", file.display()))
});

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = RUNTIME.block_on(self.client.clone().close());
    }
}
