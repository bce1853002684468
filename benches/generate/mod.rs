//! Traces of a made-up web shop. The same numbers give the same bytes, on every machine.
//!
//! About 13 spans a trace, from ten services: requests that browse, look at a product, fill a cart and check out, and a
//! nightly job without any request. A few in a hundred fail, deep down or at the top, and the failure shows in every
//! span above it.

#![allow(dead_code, reason = "every program that includes this file uses another part of it")]

mod json;

use std::sync::Mutex;

use traceql::{
    model::{batch::Fragment, projection::Projection},
    source::{Input, ReadOptions, read},
};

use json::{Attributes, Request, Span};

/// The first trace starts here: 2026-01-01 in Unix nanoseconds.
const START: u64 = 1_767_225_600_000_000_000;

/// The traces spread over an hour.
const WINDOW: u64 = 3_600_000_000_000;

/// How many traces share a line, as a collector batches them.
const TRACES_PER_LINE: usize = 20;

const MS: u64 = 1_000_000;

/// Name, namespace, language of the services, in order of [`Service`].
const SERVICES: [(&str, &str, &str); 10] = [
    ("gateway", "edge", "go"),
    ("frontend", "web", "nodejs"),
    ("catalog", "shop", "java"),
    ("recommendation", "shop", "python"),
    ("cart", "shop", "dotnet"),
    ("checkout", "shop", "go"),
    ("payment", "billing", "rust"),
    ("shipping", "logistics", "rust"),
    ("email", "logistics", "ruby"),
    ("accounting", "billing", "java"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Service {
    Gateway,
    Frontend,
    Catalog,
    Recommendation,
    Cart,
    Checkout,
    Payment,
    Shipping,
    Email,
    Accounting,
}

const KIND_INTERNAL: u8 = 1;
const KIND_SERVER: u8 = 2;
const KIND_CLIENT: u8 = 3;
const KIND_PRODUCER: u8 = 4;
const KIND_CONSUMER: u8 = 5;

/// Makes OTLP JSON, one export request a line, without line breaks.
pub(crate) fn shop(traces: usize, seed: u64) -> impl Iterator<Item = String> {
    let mut generator = Generator { random: Random(seed), trace: 0, spans: Vec::new() };
    let mut next = 0;
    std::iter::from_fn(move || {
        if next == traces {
            return None;
        }
        let mut request = Request::new(&SERVICES);
        let end = traces.min(next + TRACES_PER_LINE);
        for trace in next..end {
            let start = START + WINDOW / traces as u64 * trace as u64;
            generator.make_trace(start);
            generator.spans.drain(..).for_each(|span| request.add(&span));
        }
        next = end;
        Some(request.finish())
    })
}

/// Makes the same spans as [`shop`] as fragments, as a reader hands them out.
pub(crate) fn fragments(traces: usize, seed: u64, projection: &Projection) -> Vec<Fragment> {
    let fragments = Mutex::new(Vec::new());
    let options = ReadOptions::loose(projection, false);
    let mut lines = shop(traces, seed).peekable();
    let mut order = 0;
    while lines.peek().is_some() {
        let text: String = lines.by_ref().take(100).flat_map(|line| [line, "\n".to_owned()]).collect();
        let read = read(&[Input::memory("generated", text.into_bytes())], &options, &|_| {}, &|mut fragment| {
            fragment.order += order;
            fragments.lock().expect("nobody panics while adding").push(fragment);
        });
        read.expect("what is generated can be read");
        order += 1 << 32;
    }
    let mut fragments = fragments.into_inner().expect("nobody panics while adding");
    fragments.sort_by_key(|fragment| fragment.order);
    fragments
}

/// Random numbers: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// True `per_mille` times in a thousand.
    fn happens(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// A length of time around `ms`, in nanoseconds; one in thirty takes much longer.
    fn duration(&mut self, ms: u64) -> u64 {
        let usual = ms * (MS / 2) + self.below(ms * MS);
        if self.below(30) == 0 { usual * (3 + self.below(20)) } else { usual }
    }
}

struct Generator {
    random: Random,
    trace: u128,
    spans: Vec<Span>,
}

/// What a span has besides the times.
struct Work<'w> {
    service: Service,
    name: &'w str,
    kind: u8,
    attributes: Attributes,
}

/// A span that is being made: when it starts, and how far what it waits for has come.
#[derive(Clone, Copy)]
struct Frame {
    row: usize,
    now: u64,
}

impl Generator {
    fn make_trace(&mut self, start: u64) {
        self.trace = u128::from(self.random.next()) << 64 | u128::from(self.random.next());
        match self.random.below(100) {
            0..40 => self.page(start, "/", "GET", Generator::browse),
            40..68 => self.page(start, "/product/{id}", "GET", Generator::product),
            68..84 => self.page(start, "/cart", "POST", Generator::fill_cart),
            84..97 => self.page(start, "/checkout", "POST", Generator::check_out),
            _ => self.nightly_job(start),
        }
    }

    /// Begins a span; it ends when [`Generator::end`] is called.
    fn begin(&mut self, parent: Option<Frame>, work: Work<'_>, start: u64) -> Frame {
        let row = self.spans.len();
        let parent = parent.map_or(0, |parent| self.spans[parent.row].id);
        let id = self.random.next() | 1;
        let Work { service, name, kind, attributes } = work;
        let (service, trace) = (service as usize, self.trace);
        self.spans.push(Span {
            trace,
            id,
            parent,
            service,
            name: name.to_owned(),
            kind,
            start,
            attributes,
            ..Span::default()
        });
        Frame { row, now: start + 20_000 + self.random.below(100_000) }
    }

    /// Ends a span and returns when.
    fn end(&mut self, frame: Frame) -> u64 {
        let end = frame.now + 10_000 + self.random.below(200_000);
        self.spans[frame.row].end = end;
        end
    }

    fn fail(&mut self, frame: Frame, message: &str) {
        self.spans[frame.row].error = Some(message.to_owned());
    }

    fn failed(&self, frame: Frame) -> bool {
        self.spans[frame.row].error.is_some()
    }

    /// A request from outside: gateway, frontend, and what `inside` does.
    fn page(&mut self, start: u64, route: &str, method: &str, inside: fn(&mut Generator, &mut Frame)) {
        let path = match route {
            "/product/{id}" => format!("/product/{}", self.random.below(500)),
            other => other.to_owned(),
        };
        let name = format!("{method} {route}");
        let http =
            Attributes::default().text("http.request.method", method).text("http.route", route).text("url.path", &path);
        let gateway = Work { service: Service::Gateway, name: &name, kind: KIND_SERVER, attributes: http.clone() };
        let mut gateway = self.begin(None, gateway, start);
        let user = format!("user-{}", self.random.below(5000));
        let agent = self.random.pick(&["Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (iPhone)", "curl/8.5.0"]);
        let attributes = http.text("user.id", &user).text("user_agent.original", agent);
        let frontend = Work { service: Service::Frontend, name: &name, kind: KIND_SERVER, attributes };
        let mut frontend = self.begin(Some(gateway), frontend, gateway.now);
        inside(self, &mut frontend);
        frontend.now += self.random.duration(12);
        let not_found = route.contains("{id}") && self.random.happens(30);
        if self.random.happens(8) {
            let event = ("exception", Attributes::default().text("exception.type", "TypeError"));
            self.spans[frontend.row].event = Some((frontend.now, event.0, event.1));
            self.fail(frontend, "cannot read properties of undefined");
        }
        let status = match (self.failed(frontend), not_found) {
            (true, _) => 500,
            (false, true) => 404,
            (false, false) => 200,
        };
        gateway.now = self.end(frontend);
        for frame in [gateway, frontend] {
            let span = &mut self.spans[frame.row];
            span.attributes.add_int("http.response.status_code", status);
            span.attributes.add_int("http.status_code", status);
        }
        if status == 500 {
            self.fail(gateway, "");
        }
        self.end(gateway);
    }

    /// A call from one service to another: a client span and a server span; what fails inside fails both.
    fn call(&mut self, frame: &mut Frame, to: Service, method: &str, inside: impl FnOnce(&mut Generator, &mut Frame)) {
        let from = self.service_of(*frame);
        let service = SERVICES[to as usize].0;
        let name = format!("{service}/{method}");
        let attributes = || Attributes::default().text("rpc.system", "grpc").text("rpc.method", method);
        let client = Work {
            service: from,
            name: &name,
            kind: KIND_CLIENT,
            attributes: attributes().text("server.address", service),
        };
        let mut client = self.begin(Some(*frame), client, frame.now);
        let server = Work { service: to, name: &name, kind: KIND_SERVER, attributes: attributes() };
        let mut server = self.begin(Some(client), server, client.now);
        inside(self, &mut server);
        if !self.failed(server) && self.random.happens(8) {
            let event = Attributes::default()
                .text("exception.type", "Unavailable")
                .text("exception.message", "connection refused");
            self.spans[server.row].event = Some((server.now, "exception", event));
            self.fail(server, "connection refused");
        }
        client.now = self.end(server);
        let problem = self.spans[server.row].error.clone();
        let code = if problem.is_some() { 14 } else { 0 };
        for span in [client, server] {
            self.spans[span.row].attributes.add_int("rpc.grpc.status_code", code);
        }
        if let Some(problem) = problem {
            self.fail(client, &problem);
            // Not every caller minds.
            if self.random.happens(700) {
                self.fail(*frame, &format!("{name} failed"));
            }
        }
        frame.now = self.end(client);
    }

    fn service_of(&self, frame: Frame) -> Service {
        use Service::*;
        let all = [Gateway, Frontend, Catalog, Recommendation, Cart, Checkout, Payment, Shipping, Email, Accounting];
        all[self.spans[frame.row].service]
    }

    fn query(&mut self, frame: &mut Frame, statement: &str, table: &str, ms: u64) {
        let rows = self.random.below(120) as i64;
        let attributes = Attributes::default()
            .text("db.system", "postgresql")
            .text("db.collection.name", table)
            .text("db.statement", statement)
            .int("db.rows", rows);
        let name = format!("{} {table}", statement.split(' ').next().unwrap_or_default());
        let work = Work { service: self.service_of(*frame), name: &name, kind: KIND_CLIENT, attributes };
        let mut span = self.begin(Some(*frame), work, frame.now);
        let took = self.random.duration(ms);
        span.now += took;
        if took > ms * 6 * MS && self.random.happens(300) {
            self.fail(span, "canceling statement due to statement timeout");
            self.fail(*frame, "database timeout");
        }
        frame.now = self.end(span);
    }

    fn cache(&mut self, frame: &mut Frame, command: &str) {
        let key = format!("{command} cart:{}", self.random.below(9000));
        let hit = self.random.happens(800);
        let attributes =
            Attributes::default().text("db.system", "redis").text("db.statement", &key).bool("cache.hit", hit);
        let work = Work { service: self.service_of(*frame), name: command, kind: KIND_CLIENT, attributes };
        let mut span = self.begin(Some(*frame), work, frame.now);
        span.now += self.random.duration(1);
        frame.now = self.end(span);
    }

    fn browse(&mut self, frame: &mut Frame) {
        self.call(frame, Service::Catalog, "ListProducts", |shop, frame| {
            shop.query(frame, "SELECT * FROM products ORDER BY rank LIMIT 20", "products", 4);
        });
        self.call(frame, Service::Recommendation, "List", |shop, frame| {
            let ids: Vec<_> = (0..3).map(|_| format!("p{}", shop.random.below(500))).collect();
            shop.spans[frame.row].attributes.add_texts("recommendation.ids", &ids);
            for _ in 0..1 + shop.random.below(2) {
                shop.product(frame);
            }
        });
    }

    fn product(&mut self, frame: &mut Frame) {
        self.call(frame, Service::Catalog, "GetProduct", |shop, frame| {
            shop.query(frame, "SELECT * FROM products WHERE id = $1", "products", 2);
            if shop.random.happens(400) {
                shop.query(frame, "SELECT * FROM reviews WHERE product = $1", "reviews", 5);
            }
        });
    }

    fn fill_cart(&mut self, frame: &mut Frame) {
        for _ in 0..1 + self.random.below(3) {
            self.call(frame, Service::Cart, "AddItem", |shop, frame| {
                shop.cache(frame, "HGET");
                shop.cache(frame, "HSET");
            });
            self.product(frame);
        }
    }

    fn check_out(&mut self, frame: &mut Frame) {
        let order = self.random.below(1 << 32);
        let cents = 500 + self.random.below(40_000);
        self.call(frame, Service::Checkout, "PlaceOrder", |shop, frame| {
            let attributes = &mut shop.spans[frame.row].attributes;
            attributes.add_text("order.id", &format!("{order:08x}"));
            attributes.add_float("order.amount", cents as f64 / 100.0);
            shop.call(frame, Service::Cart, "GetCart", |shop, frame| shop.cache(frame, "HGETALL"));
            for _ in 0..1 + shop.random.below(3) {
                shop.product(frame);
            }
            shop.call(frame, Service::Shipping, "GetQuote", |shop, frame| {
                frame.now += shop.random.duration(20);
            });
            let declined = shop.random.happens(60);
            shop.call(frame, Service::Payment, "Charge", |shop, frame| {
                frame.now += shop.random.duration(90);
                let currency = shop.random.pick(&["EUR", "USD", "GBP", "CHF"]);
                shop.spans[frame.row].attributes.add_text("payment.currency", currency);
                shop.spans[frame.row].attributes.add_bool("payment.declined", declined);
                if declined {
                    shop.fail(*frame, "card declined");
                }
            });
            if !declined {
                shop.call(frame, Service::Email, "Confirm", |shop, frame| frame.now += shop.random.duration(6));
                shop.publish(frame);
            }
        });
    }

    /// Puts an order into a queue, from which accounting takes it later.
    fn publish(&mut self, frame: &mut Frame) {
        let partition = self.random.below(12) as i64;
        let attributes = |operation| {
            Attributes::default()
                .text("messaging.system", "kafka")
                .text("messaging.operation", operation)
                .int("messaging.partition", partition)
        };
        let work = Work {
            service: Service::Checkout,
            name: "orders publish",
            kind: KIND_PRODUCER,
            attributes: attributes("publish"),
        };
        let producer = self.begin(Some(*frame), work, frame.now);
        frame.now = self.end(producer);
        let work = Work {
            service: Service::Accounting,
            name: "orders process",
            kind: KIND_CONSUMER,
            attributes: attributes("process"),
        };
        let start = frame.now + self.random.duration(40);
        let mut consumer = self.begin(Some(producer), work, start);
        self.spans[consumer.row].link = Some((self.trace, self.spans[producer.row].id));
        self.query(&mut consumer, "INSERT INTO orders VALUES ($1, $2, $3)", "orders", 3);
        self.end(consumer);
    }

    fn nightly_job(&mut self, start: u64) {
        let attributes = Attributes::default().int("job.batch", self.random.below(64) as i64);
        let work = Work { service: Service::Accounting, name: "reconcile ledger", kind: KIND_INTERNAL, attributes };
        let mut job = self.begin(None, work, start);
        for _ in 0..5 + self.random.below(30) {
            self.query(&mut job, "SELECT id, total FROM orders WHERE batch = $1", "orders", 6);
        }
        self.end(job);
    }
}
