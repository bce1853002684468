//! Makes the client of a store out of a URL and what the surroundings tell: the variables that the tools of each service know.

use std::{
    sync::{Arc, OnceLock, atomic::AtomicBool},
    time::Duration,
};

use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    azure::{AzureConfigKey, MicrosoftAzureBuilder},
    gcp::{GoogleCloudStorageBuilder, GoogleConfigKey},
    list::PaginatedListStore,
};
use tokio::sync::Semaphore;

use crate::{
    model::shown_url::shown_url,
    source::{environment::Environment, error::Refusal},
};

use super::{
    IN_FLIGHT, Store,
    address::{Address, Service},
    checked,
    guard::Guard,
    profile::Profile,
};

/// How long a connection may take to come about. Two of them, or three, end within [`PATIENCE`] and a bit.
const CONNECT: Duration = Duration::from_secs(4);

/// How long nothing may come while something is read.
const SILENCE: Duration = Duration::from_secs(8);

/// How long one request may take; a piece has some megabytes.
const REQUEST: Duration = Duration::from_secs(120);

/// How long a request is tried again.
const PATIENCE: Duration = Duration::from_secs(7);

/// How often it is tried again.
const RETRIES: usize = 4;

/// What lists a bucket page by page.
pub(super) type Lists = Arc<dyn PaginatedListStore>;

/// A client, what lists with it, and where it asks.
type Client = (Arc<dyn ObjectStore>, Lists, String);

/// Makes the client of a library's store.
fn client(store: impl ObjectStore + PaginatedListStore, endpoint: String) -> Client {
    let store = Arc::new(store);
    (Arc::clone(&store) as Arc<dyn ObjectStore>, store, endpoint)
}

/// Opens the store of an address; nothing is asked yet.
pub(super) fn open(address: &Address, environment: &Environment) -> Result<(Store, Lists), Refusal> {
    // Clients need what comes with the runtime.
    super::threads(environment)?;
    let (client, lists, endpoint) = match address.service {
        Service::S3 => s3(address, environment),
        Service::Gcs => gcs(address, environment),
        Service::Azure => azure(address, environment),
    }?;
    let store = Store {
        client,
        name: address.bucket_url(),
        endpoint: public(&endpoint),
        address: address.clone(),
        environment: environment.clone(),
        in_flight: Semaphore::new(IN_FLIGHT),
        held: super::pieces::Held::default(),
        answers: AtomicBool::new(false),
        gone: OnceLock::new(),
    };
    Ok((store, lists))
}

fn guard(environment: &Environment) -> Guard {
    Guard { budget: environment.budget().clone(), secrets: environment.secrets().clone() }
}

fn retry() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: RETRIES, retry_timeout: PATIENCE }
}

fn options() -> ClientOptions {
    ClientOptions::new().with_connect_timeout(CONNECT).with_read_timeout(SILENCE).with_timeout(REQUEST)
}

/// Returns a URL without user, password, and what follows `?`.
fn public(url: &str) -> String {
    shown_url(url).trim_end_matches('/').to_owned()
}

/// Says that what is configured cannot be used.
fn unusable(error: &object_store::Error, environment: &Environment, what: &str) -> Refusal {
    let text = error.to_string();
    let text = text.split_once("error: ").map_or(text.as_str(), |(_, text)| text);
    let problem = format!("what is configured for {what} cannot be used: {}", environment.without_secrets(text));
    Refusal::new(problem, format!("check the variables that begin with {what}_"))
}

fn s3(address: &Address, environment: &Environment) -> Result<Client, Refusal> {
    let profile = Profile::read(environment)?;
    let mut builder = AmazonS3Builder::new().with_retry(retry()).with_client_options(options());
    builder = builder.with_http_connector(guard(environment));
    for (name, value) in checked::variables(environment, "AWS_")? {
        if let Ok(key) = name.parse() {
            builder = builder.with_config(key, value);
        }
    }
    let skips = environment.says_yes("AWS_SKIP_SIGNATURE");
    let by_role =
        ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
            .iter()
            .any(|variable| environment.get(variable).is_some());
    // A profile that is named counts more than a role.
    let asks_profile = environment.get("AWS_PROFILE").is_some() || !by_role;
    if environment.get("AWS_ACCESS_KEY_ID").is_none() && asks_profile && !skips {
        match (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key")) {
            (Some(id), Some(secret)) => {
                environment.secrets().add(id);
                environment.secrets().add(secret);
                builder = builder.with_access_key_id(id).with_secret_access_key(secret);
                if let Some(token) = profile.get("aws_session_token") {
                    environment.secrets().add(token);
                    builder = builder.with_token(token);
                }
            }
            _ => match (profile.get("web_identity_token_file"), profile.get("role_arn")) {
                (Some(file), Some(role)) => {
                    builder = builder
                        .with_config(AmazonS3ConfigKey::WebIdentityTokenFile, file)
                        .with_config(AmazonS3ConfigKey::RoleArn, role);
                }
                _ => profile.needs_tools().map_or(Ok(()), Err)?,
            },
        }
    }
    let region = environment.get("AWS_REGION").or_else(|| environment.get("AWS_DEFAULT_REGION"));
    let region = region.or_else(|| profile.get("region")).unwrap_or("us-east-1");
    let of_profile = profile.get("s3.endpoint_url").or_else(|| profile.get("endpoint_url"));
    let of_profile = of_profile.filter(|_| !environment.says_yes("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"));
    checked::label("a region", region, "check AWS_REGION; regions are called like `eu-west-1`")?;
    let endpoint = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"]
        .iter()
        .find_map(|name| environment.get(name).map(|endpoint| (*name, endpoint)));
    let endpoint = endpoint.or(of_profile.map(|endpoint| ("`endpoint_url` of the profile", endpoint)));
    let endpoint = endpoint.map(|(name, endpoint)| checked::endpoint(name, endpoint)).transpose()?;
    builder = builder.with_bucket_name(&address.bucket).with_region(region);
    if let Some(endpoint) = &endpoint {
        builder = builder.with_config(AmazonS3ConfigKey::S3Endpoint, endpoint);
        // The service's own tools take an endpoint as it is written, too.
        if environment.get("AWS_ALLOW_HTTP").is_none() && endpoint.starts_with("http://") {
            builder = builder.with_allow_http(true);
        }
    }
    let store = builder.build().map_err(|error| unusable(&error, environment, "AWS"))?;
    let endpoint = endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
    Ok(client(store, endpoint))
}

fn gcs(address: &Address, environment: &Environment) -> Result<Client, Refusal> {
    let mut builder = GoogleCloudStorageBuilder::new().with_retry(retry()).with_client_options(options());
    builder = builder.with_http_connector(guard(environment));
    for (name, value) in checked::variables(environment, "GOOGLE_")? {
        if let Ok(key) = name.parse() {
            builder = builder.with_config(key, value);
        }
    }
    let mut endpoint = environment.get("GOOGLE_BASE_URL").unwrap_or("https://storage.googleapis.com").to_owned();
    if let Some(host) = environment.get("STORAGE_EMULATOR_HOST") {
        let host = if host.contains("://") { host.to_owned() } else { format!("http://{host}") };
        endpoint = checked::endpoint("STORAGE_EMULATOR_HOST", &host)?;
        let options = options().with_allow_http(true);
        builder = builder.with_client_options(options).with_config(GoogleConfigKey::BaseUrl, &endpoint);
        // Emulators know nobody.
        builder = builder.with_skip_signature(true).with_config(GoogleConfigKey::ServiceAccountKey, EMULATOR_ACCOUNT);
    }
    let store = builder.with_bucket_name(&address.bucket).build().map_err(|_| {
        // The library repeats parts of what it cannot read, which may be a key.
        let cure =
            "GOOGLE_APPLICATION_CREDENTIALS names a file that `gcloud` or the console wrote; check that it is whole";
        Refusal::new("the credentials for Google Cloud cannot be read", cure)
    })?;
    Ok(client(store, endpoint))
}

/// Keeps the library from looking for credentials that an emulator does not need.
const EMULATOR_ACCOUNT: &str =
    r#"{"private_key":"private_key","private_key_id":"","client_email":"client_email","disable_oauth":true}"#;

fn azure(address: &Address, environment: &Environment) -> Result<Client, Refusal> {
    let mut builder = MicrosoftAzureBuilder::new().with_retry(retry()).with_client_options(options());
    builder = builder.with_http_connector(guard(environment));
    for (name, value) in checked::variables(environment, "AZURE_")? {
        if let Ok(key) = name.parse() {
            builder = builder.with_config(key, value);
        }
    }
    for (name, key) in [
        ("AZURE_STORAGE_ACCOUNT", AzureConfigKey::AccountName),
        ("AZURE_STORAGE_KEY", AzureConfigKey::AccessKey),
        ("IDENTITY_ENDPOINT", AzureConfigKey::MsiEndpoint),
    ] {
        if let Some(value) = environment.get(name) {
            builder = builder.with_config(key, checked::variable(name, value)?);
        }
    }
    let mut emulates = environment.says_yes("AZURE_STORAGE_USE_EMULATOR");
    if let Some(connection) = environment.get("AZURE_STORAGE_CONNECTION_STRING") {
        let setting = |name: &str| {
            let settings = connection.split(';').filter_map(|setting| setting.split_once('='));
            settings.filter(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
        };
        emulates |= setting("UseDevelopmentStorage").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        for (name, key) in [
            ("AccountName", AzureConfigKey::AccountName),
            ("AccountKey", AzureConfigKey::AccessKey),
            ("SharedAccessSignature", AzureConfigKey::SasKey),
        ] {
            if let Some(value) = setting(name) {
                builder = builder.with_config(key, checked::variable("AZURE_STORAGE_CONNECTION_STRING", value)?);
            }
        }
        let account = setting("AccountName").unwrap_or_default();
        let made = setting("EndpointSuffix").map(|suffix| {
            format!("{}://{account}.blob.{suffix}", setting("DefaultEndpointsProtocol").unwrap_or("https"))
        });
        if let Some(endpoint) = setting("BlobEndpoint").map(str::to_owned).or(made) {
            builder = builder.with_endpoint(checked::endpoint("AZURE_STORAGE_CONNECTION_STRING", &endpoint)?);
        }
    }
    if emulates {
        if let Some(url) = environment.get("AZURITE_BLOB_STORAGE_URL") {
            checked::endpoint("AZURITE_BLOB_STORAGE_URL", url)?;
        }
        builder = builder.with_use_emulator(true);
    }
    builder = match &address.host {
        Some(host) => builder.with_url(format!("abfss://{}@{host}/", address.bucket)),
        None => builder.with_container_name(&address.bucket),
    };
    let account = builder.get_config_value(&AzureConfigKey::AccountName);
    if account.is_none() && address.host.is_none() && !emulates {
        let cure = "set AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING";
        return Err(Refusal::new("it is not known which account the container belongs to", cure));
    }
    if let Some(account) = &account {
        let cure = "check AZURE_STORAGE_ACCOUNT; accounts have letters and digits in their names";
        checked::label("an account", account, cure)?;
    }
    let configured = builder.get_config_value(&AzureConfigKey::Endpoint);
    let endpoint = match (configured, &address.host) {
        _ if emulates => environment.get("AZURITE_BLOB_STORAGE_URL").unwrap_or("http://127.0.0.1:10000").to_owned(),
        (_, Some(host)) => format!("https://{host}"),
        (Some(endpoint), _) => endpoint,
        (None, None) => format!("https://{}.blob.core.windows.net", account.unwrap_or_default()),
    };
    if endpoint.starts_with("http://") && environment.get("AZURE_ALLOW_HTTP").is_none() {
        builder = builder.with_allow_http(true);
    }
    let store = builder.build().map_err(|error| unusable(&error, environment, "AZURE"))?;
    Ok(client(store, endpoint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_shown_without_secrets() {
        assert_eq!(public("https://user:password@host:9000/path/?sig=secret"), "https://host:9000/path");
        assert_eq!(public("http://127.0.0.1:9000"), "http://127.0.0.1:9000");
    }
}
