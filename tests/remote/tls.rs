//! Encrypted connections: who vouches for whom.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use traceql::tempo::{ClientCertificate, Kind, Secret, Server, Settings};

use crate::{
    binary::{run, traceql},
    call, refused, settings,
    stub::{Response, Stub},
};

/// Who vouches for certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("no names are right");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("there is chance enough");
        let certificate = params.self_signed(&key).expect("it can be signed");
        Authority { issuer: Issuer::new(params, key), certificate }
    }

    pub(crate) fn pem(&self) -> Vec<u8> {
        self.certificate.pem().into_bytes()
    }

    pub(crate) fn sign(&self, name: &str, purpose: ExtendedKeyUsagePurpose) -> (rcgen::Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("the name is right");
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().expect("there is chance enough");
        (params.signed_by(&key, &self.issuer).expect("it can be signed"), key)
    }

    /// Returns what a server needs that is called `name`, and that asks for certificates of this authority if it is told.
    pub(crate) fn config(&self, name: &str, asks: bool) -> ServerConfig {
        let (certificate, key) = self.sign(name, ExtendedKeyUsagePurpose::ServerAuth);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("they are there");
        let config = if asks {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(self.certificate.der().to_vec())).expect("it is a certificate");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(verifier.build().expect("there is an authority"))
        } else {
            config.with_no_client_auth()
        };
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        config.with_single_cert(chain, key).expect("the key is that of the certificate")
    }
}

fn echo(settings: &Settings) -> Result<(), traceql::tempo::RemoteError> {
    Server::open(settings).expect("the settings are right").echo(call())
}

#[test]
fn certificates_are_looked_at() {
    let authority = Authority::new("one");
    let stub = Stub::start_tls(authority.config("localhost", false), |_| Response::text(200, "echo\n"));
    let unknown = settings(&stub.url);
    let error = refused(echo(&unknown));
    assert_eq!(error.kind, Kind::Tls);
    assert!(error.cure.contains("--cacert"), "{error}");
    let known = |authority: &Authority| Settings { ca_certificates: Some(authority.pem()), ..unknown.clone() };
    echo(&known(&authority)).expect("somebody vouches for it");
    assert_eq!(refused(echo(&known(&Authority::new("another")))).kind, Kind::Tls, "somebody else");
    let stub = Stub::start_tls(authority.config("elsewhere", false), |_| Response::text(200, "echo\n"));
    let error = refused(echo(&Settings { url: stub.url.clone(), ..known(&authority) }));
    assert!(error.kind == Kind::Tls && error.problem.contains("another host"), "{error}");
}

/// Makes a server whose certificate no authority has signed but itself.
fn self_made(change: impl FnOnce(&mut CertificateParams)) -> (Stub, Vec<u8>) {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("the name is right");
    change(&mut params);
    let key = KeyPair::generate().expect("there is chance enough");
    let certificate = params.self_signed(&key).expect("it can be signed");
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("they are there")
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate.der().to_vec())], private)
        .expect("the key is that of the certificate");
    (Stub::start_tls(config, |_| Response::text(200, "echo\n")), certificate.pem().into_bytes())
}

#[test]
fn certificates_that_are_wrong_are_told_with_the_cure() {
    let error = |(stub, pem): (Stub, Vec<u8>)| {
        let settings = Settings { ca_certificates: Some(pem), ..settings(&stub.url) };
        let error = refused(echo(&settings));
        assert_eq!(error.kind, Kind::Tls, "{error}");
        error
    };
    let authority = error(self_made(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)));
    assert!(authority.problem.contains("certificate of an authority"), "{authority}");
    assert!(authority.cure.contains("CA:FALSE") && authority.cure.contains("--cacert"), "{authority}");
    let expired = error(self_made(|params| params.not_after = rcgen::date_time_ymd(2020, 1, 1)));
    assert!(expired.problem.contains("has expired") && expired.cure.contains("renew"), "{expired}");
    let early = error(self_made(|params| params.not_before = rcgen::date_time_ymd(2999, 1, 1)));
    assert!(early.problem.contains("not valid yet") && early.cure.contains("clock"), "{early}");
    let names = ["elsewhere".to_owned().try_into().map(rcgen::SanType::DnsName).expect("a name")];
    let elsewhere = error(self_made(|params| params.subject_alt_names = names.into()));
    assert!(elsewhere.problem.contains("another host") && elsewhere.cure.contains("name"), "{elsewhere}");
    let (stub, _) = self_made(|_| {});
    let unknown = error((stub, Authority::new("another").pem()));
    assert!(unknown.problem.contains("vouches") && unknown.cure.contains("--cacert"), "{unknown}");
    let (stub, pem) = self_made(|_| {});
    echo(&Settings { ca_certificates: Some(pem), ..settings(&stub.url) }).expect("it vouches for itself");
}

#[test]
fn servers_may_ask_for_certificates() {
    let authority = Authority::new("one");
    let stub = Stub::start_tls(authority.config("localhost", true), |_| Response::text(200, "echo\n"));
    let with = |signer: &Authority| {
        let (certificate, key) = signer.sign("me", ExtendedKeyUsagePurpose::ClientAuth);
        let (certificate, key) = (certificate.pem().into_bytes(), Secret::new(key.serialize_pem()));
        Some(ClientCertificate { certificate, key })
    };
    let settings = Settings { ca_certificates: Some(authority.pem()), ..settings(&stub.url) };
    let error = refused(echo(&settings));
    assert!(error.kind == Kind::Tls && error.cure.contains("--cert"), "{error}");
    echo(&Settings { client_certificate: with(&authority), ..settings.clone() }).expect("it is known");
    let error = refused(echo(&Settings { client_certificate: with(&Authority::new("another")), ..settings }));
    assert!(error.kind == Kind::Tls && error.cure.contains("--cert"), "{error}");
}

#[test]
fn schemes_that_do_not_fit_are_told() {
    // It hangs up, having understood nothing.
    let plain = Stub::start(|_| Response::text(400, ""));
    let error = refused(echo(&settings(&plain.url.replace("http://", "https://"))));
    assert!(error.kind == Kind::Tls && error.cure.contains("http://"), "{error}");
}

#[test]
fn the_program_takes_certificates_from_files() {
    let authority = Authority::new("shop");
    let stub = Stub::start_tls(authority.config("localhost", true), |request| match request.path.as_str() {
        "/api/status/buildinfo" => Response::json("{\"version\":\"2.8.0\"}"),
        _ => Response::json("{}"),
    });
    let (certificate, key) = authority.sign("me", ExtendedKeyUsagePurpose::ClientAuth);
    let file = |name: &str, bytes: &[u8]| {
        let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{name}.pem"));
        std::fs::write(&file, bytes).expect("a file can be written");
        file.to_str().expect("it is UTF-8").to_owned()
    };
    let ca = file("ca", &authority.pem());
    let (certificate, key) = (file("cert", certificate.pem().as_bytes()), file("key", key.serialize_pem().as_bytes()));
    let ask = |options: &[&str]| run(&mut traceql(&[&["query", "{ }", &stub.url], options].concat()));
    assert_eq!(ask(&["--cacert", &ca, "--cert", &certificate, "--key", &key]).status, 1);
    let stranger = ask(&["--cacert", &ca]);
    assert_eq!(stranger.status, 5, "{stranger:?}");
    let untrusted = ask(&["--cert", &certificate, "--key", &key]);
    assert!(untrusted.status == 5 && untrusted.told.contains("`--cacert`"), "{untrusted:?}");
    let missing = ask(&["--cacert", "nowhere.pem"]);
    assert!(missing.status == 2 && missing.told.contains("nowhere.pem: "), "{missing:?}");
    assert_eq!(ask(&["--cert", &certificate]).status, 2);
}
