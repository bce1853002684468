//! The begin of a session: what is read of the client, and asked of it.

use std::{path::PathBuf, sync::Arc};

use serde_json::json;
use tower_lsp::ls_types::{
    ConfigurationItem, ConfigurationParams, InitializeParams, Registration, RegistrationParams,
    request::{RegisterCapability, WorkspaceConfiguration},
};

use super::{configs::NAME, machine::ENDS, state::State, uri};

/// The section of the client's settings.
const SECTION: &str = "traceql";

/// Returns the folders of the workspace.
pub(super) fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    if let Some(folders) = &params.workspace_folders {
        return folders.iter().filter_map(|folder| uri::path(&folder.uri)).collect();
    }
    #[expect(deprecated, reason = "clients without folders have nothing else")]
    let root = params.root_uri.as_ref();
    root.and_then(uri::path).into_iter().collect()
}

/// Asks the client to tell of changed files and settings. Nothing waits for its answer, and it may refuse.
pub(super) fn register(state: &Arc<State>) {
    let abilities = state.abilities();
    let mut registrations = Vec::new();
    if abilities.watches {
        let watched = [format!("**/*.{{{}}}", ENDS.join(",")), format!("**/{NAME}")];
        let watchers = watched.map(|pattern| json!({"globPattern": pattern}));
        registrations.push(Registration {
            id: "traceql-files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: Some(json!({"watchers": watchers})),
        });
    }
    if abilities.registers_settings {
        registrations.push(Registration {
            id: "traceql-settings".to_owned(),
            method: "workspace/didChangeConfiguration".to_owned(),
            register_options: Some(json!({"section": SECTION})),
        });
    }
    if registrations.is_empty() {
        return;
    }
    let client = state.client.clone();
    tokio::spawn(async move {
        // A client that refuses tells nothing, and nothing else follows from it.
        let _ = client.request::<RegisterCapability>(RegistrationParams { registrations }).await;
    });
}

/// Asks the client for its settings, and judges everything anew when they come and are others. Nothing waits for them.
pub(super) fn ask_settings(state: &Arc<State>) {
    if !state.abilities().has_settings {
        return;
    }
    let state = Arc::clone(state);
    tokio::spawn(async move {
        let items = vec![ConfigurationItem { scope_uri: None, section: Some(SECTION.to_owned()) }];
        let answer = state.client.request::<WorkspaceConfiguration>(ConfigurationParams { items }).await;
        let Some(value) = answer.ok().and_then(|values| values.into_iter().next()) else { return };
        if !value.is_null() && state.take_settings(&value) {
            state.judge_all();
        }
    });
}
