//! What stores answer instead of giving something out, in words: what happened, and what helps.
//!
//! Nothing of a request is repeated here: URLs can hold signatures, and answers the parts that a signature was made of. Of
//! an answer only the status, the code and the message count.

use std::{error::Error, sync::atomic::Ordering};

use object_store::client::{HttpError, HttpErrorKind};

use crate::source::error::Refusal;

use super::{Store, address::Service, guard};

/// Why something was refused.
pub(super) struct Refused {
    pub(super) refusal: Refusal,
    /// Nobody answered at all.
    pub(super) unreachable: bool,
}

/// What a service said.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    /// S3: the region that the bucket is in.
    region: Option<String>,
}

/// Hosts that give credentials to machines that have a role.
const METADATA: [&str; 4] = ["169.254.169.254", "169.254.170.2", "metadata.google.internal", "metadata/identity"];

/// Says in words what a store did not do, and why.
pub(super) fn refused(error: &object_store::Error, store: &Store) -> Refused {
    let text = error.to_string();
    let service = store.address.service;
    let bucket = &store.address.bucket;
    if let Some(refusal) = guard::refusal(error) {
        return Refused { refusal: refusal.clone(), unreachable: false };
    }
    if METADATA.iter().any(|host| text.contains(host)) {
        let problem = "no credentials are configured, and this machine has no role that gives any";
        return Refused { refusal: Refusal::new(problem, credentials(service)), unreachable: true };
    }
    if let Some(error) = transport(error) {
        return unanswered(error, store);
    }
    let said = said(&text);
    let code = said.code.as_deref().unwrap_or_default();
    let refusal = match (said.status, code) {
        (_, "NoSuchBucket" | "ContainerNotFound") => {
            let kind = if service == Service::Azure { "container" } else { "bucket" };
            let problem = format!("there is no {kind} `{bucket}` at {}", store.endpoint);
            Refusal::new(problem, format!("check the name of the {kind}"))
        }
        (_, "InvalidAccessKeyId" | "InvalidToken" | "ExpiredToken" | "TokenRefreshRequired")
        | (Some(401), _)
        | (_, "SignatureDoesNotMatch" | "AuthenticationFailed" | "InvalidAuthenticationInfo") => {
            invalid(&said, service)
        }
        // An emulator has one code for both.
        (Some(403), "AuthorizationFailure") if text.contains("failed to authenticate") => invalid(&said, service),
        (_, "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
            elsewhere(said.region.as_deref())
        }
        (None | Some(301 | 307), _) if text.contains("incorrectly configured region") => elsewhere(None),
        (Some(403), _) => Refusal::new(format!("access is denied{}", told(&said)), permission(service)),
        (Some(404), _) => Refusal::new("it is not there", "check the URL for typing mistakes"),
        (Some(429), _) | (_, "SlowDown" | "ServerBusy") => {
            Refusal::new(format!("the service is overloaded{}", told(&said)), "try again later")
        }
        (Some(500..), _) => Refusal::new(format!("the service failed{}", told(&said)), "try again later"),
        (Some(_), _) => Refusal::new(format!("the service refused{}", told(&said)), "check the URL and the endpoint"),
        (None, _) => {
            let text = store.environment.without_secrets(&innermost(error));
            Refusal::new(format!("cannot be read: {text}"), "check the endpoint, the region and the credentials")
        }
    };
    Refused { refusal, unreachable: false }
}

/// Finds out whether a request went wrong on its way.
fn transport(error: &object_store::Error) -> Option<&HttpError> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        source = error.source();
    }
    None
}

fn unanswered(error: &HttpError, store: &Store) -> Refused {
    let endpoint = &store.endpoint;
    let reason = store.environment.without_secrets(&innermost(error));
    let cure = format!("check the network and {}", endpoint_variable(store.address.service));
    let (problem, cure) = match error.kind() {
        HttpErrorKind::Timeout => (format!("{endpoint} does not answer in time"), cure),
        HttpErrorKind::Connect | HttpErrorKind::Request | HttpErrorKind::Interrupted => {
            (format!("{endpoint} cannot be reached: {reason}"), cure)
        }
        _ if reason.contains("scheme is not allowed") => {
            let cure = "write the endpoint with https://, or allow http:// with AWS_ALLOW_HTTP=true";
            (format!("{endpoint} is not encrypted"), cure.to_owned())
        }
        _ => (format!("the answer of {endpoint} cannot be read: {reason}"), cure),
    };
    // One that answered before may have been slow only once.
    let unreachable = match error.kind() {
        HttpErrorKind::Connect => true,
        HttpErrorKind::Timeout => !store.answers.load(Ordering::Relaxed),
        _ => false,
    };
    Refused { refusal: Refusal::new(problem, cure), unreachable }
}

/// Returns what an error says that has no other as its cause.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    let text = error.to_string();
    // The cause of a name that is unknown is hidden in the text of the one before.
    text.lines().next().unwrap_or_default().to_owned()
}

/// Reads what a service said out of the text of an error.
fn said(text: &str) -> Said {
    let status = text.split("status code: ").nth(1).and_then(|rest| rest.get(..3)?.parse().ok());
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (value, _) = rest.split_once(&format!("</{name}>"))?;
        let line = value.lines().next().unwrap_or_default().trim();
        (!line.is_empty()).then(|| line.to_owned())
    };
    Said { status, code: element("Code"), message: element("Message"), region: element("Region") }
}

/// Returns the words of the service, for the end of a sentence.
fn told(said: &Said) -> String {
    match (&said.code, &said.message, said.status) {
        (Some(code), Some(message), _) => format!(" ({code}: {})", message.trim_end_matches('.')),
        (Some(code), None, _) => format!(" ({code})"),
        (None, _, Some(status)) => format!(" (status {status})"),
        (None, ..) => String::new(),
    }
}

fn invalid(said: &Said, service: Service) -> Refusal {
    Refusal::new(format!("the credentials are not valid{}", told(said)), credentials(service))
}

fn elsewhere(region: Option<&str>) -> Refusal {
    match region {
        Some(region) => {
            Refusal::new(format!("the bucket lies in the region {region}"), format!("set AWS_REGION={region}"))
        }
        None => Refusal::new("the bucket lies in another region", "set AWS_REGION to the region of the bucket"),
    }
}

fn endpoint_variable(service: Service) -> &'static str {
    match service {
        Service::S3 => "AWS_ENDPOINT_URL",
        Service::Gcs => "STORAGE_EMULATOR_HOST",
        Service::Azure => "AZURE_STORAGE_ENDPOINT",
    }
}

/// Says how to give credentials.
fn credentials(service: Service) -> &'static str {
    match service {
        Service::S3 => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN) or AWS_PROFILE; for a public bucket \
             AWS_SKIP_SIGNATURE=true"
        }
        Service::Gcs => {
            "set GOOGLE_APPLICATION_CREDENTIALS or run `gcloud auth application-default login`; for a public bucket \
             GOOGLE_SKIP_SIGNATURE=true"
        }
        Service::Azure => {
            "set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY or \
             AZURE_STORAGE_SAS_TOKEN; for a public container AZURE_SKIP_SIGNATURE=true"
        }
    }
}

/// Says what must be allowed.
fn permission(service: Service) -> &'static str {
    match service {
        Service::S3 => "the credentials need s3:ListBucket on the bucket and s3:GetObject on what is in it",
        Service::Gcs => "the credentials need the role Storage Object Viewer on the bucket",
        Service::Azure => "the credentials need the role Storage Blob Data Reader on the container",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_only_code_and_message_count() {
        let text = "Generic S3 error: Error performing GET http://h/b?X-Amz-Signature=secret in 1ms - Server returned \
                    non-2xx status code: 403 Forbidden: <Error><Code>SignatureDoesNotMatch</Code><Message>It differs.\n\
                    more</Message><StringToSign>secret</StringToSign></Error>";
        let said = said(text);
        assert_eq!((said.status, said.region.as_deref()), (Some(403), None));
        assert_eq!(told(&said), " (SignatureDoesNotMatch: It differs)");
        assert_eq!(super::said("nothing of all that"), Said::default());
    }
}
