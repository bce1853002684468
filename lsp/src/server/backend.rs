//! The handlers of messages. Each takes its snapshot first, and hands longer work to a thread of its own.
//!
//! Handlers of notifications about documents wait for nothing: so edits are applied in the order in which they come.

use std::{path::PathBuf, sync::Arc};

use serde_json::Value;
use tower_lsp::{
    LanguageServer,
    jsonrpc::{Error, Result},
    ls_types::*,
};

use super::{
    abilities::{Abilities, offered},
    actions, commands, completions,
    configs::NAME,
    documents::Snapshot,
    formatting, hovers, inlays, lenses, names, outlines, pulls, ranges, signatures,
    state::{State, blocking},
    status,
    tasks::Task,
    tokens, uri, welcome,
};

/// The language of files that hold one query.
const LANGUAGE: &str = "traceql";

/// The handlers.
pub(super) struct Backend {
    state: Arc<State>,
}

impl Backend {
    /// Makes the handlers of a session.
    pub(super) fn new(state: Arc<State>) -> Backend {
        Backend { state }
    }

    /// Gives up the command whose progress the client shows.
    pub(super) async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        self.state.tasks.cancel(&params.token);
    }

    /// Reads everything anew after a configuration has changed.
    fn config_changed(&self) {
        self.state.configs.forget();
        self.state.judge_all();
        self.state.index();
    }

    /// Reads files anew that have changed, came or went.
    fn files_changed(&self, paths: Vec<PathBuf>) {
        for path in &paths {
            self.state.reports.forget_file(path);
            self.state.outlines.forget_file(path);
        }
        self.state.index_again(paths);
    }

    /// Answers a request about a document from its snapshot, which is taken now; `None` if it is not open.
    async fn about<T: Send + 'static>(
        &self,
        address: &Uri,
        work: impl FnOnce(&State, &Snapshot) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let Some(snapshot) = self.state.documents.get(address) else { return Ok(None) };
        let state = Arc::clone(&self.state);
        blocking(move || work(&state, &snapshot)).await.map(Some)
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let abilities = Abilities::of(&params.capabilities);
        self.state.meet(abilities, params.process_id);
        self.state.change_folders(welcome::folders(&params), &[]);
        self.state.take_settings(&params.initialization_options.unwrap_or(Value::Null));
        let server_info = ServerInfo { name: "traceql".to_owned(), version: Some(self.state.parts.version.clone()) };
        Ok(InitializeResult {
            capabilities: offered(abilities.encoding),
            server_info: Some(server_info),
            ..InitializeResult::default()
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        status::watch(&self.state);
        welcome::register(&self.state);
        welcome::ask_settings(&self.state);
        self.state.index();
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let TextDocumentItem { uri, language_id, version, text } = params.text_document;
        let encoding = self.state.abilities().encoding;
        if language_id == LANGUAGE {
            // The names are fetched before they are wanted.
            self.state.catalog().names(None);
        }
        self.state.documents.open(Snapshot::new(uri.clone(), version, language_id, text.into(), encoding));
        self.state.judge(&uri);
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let VersionedTextDocumentIdentifier { uri, version } = params.text_document;
        if self.state.documents.change(&uri, version, params.content_changes) {
            self.state.judge(&uri);
        }
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        if is_config(&params.text_document.uri) {
            self.config_changed();
        } else {
            // Not every client tells of changed files.
            self.files_changed(uri::path(&params.text_document.uri).into_iter().collect());
        }
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let uri = params.text_document.uri;
        self.state.documents.close(&uri);
        self.state.tokens.forget(&uri);
        if !self.state.abilities().pulls {
            self.state.client.publish(uri, Vec::new(), None);
        }
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        if self.state.abilities().has_settings {
            welcome::ask_settings(&self.state);
        } else if self.state.take_settings(&params.settings) {
            self.state.judge_all();
        }
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let paths = |folders: Vec<WorkspaceFolder>| -> Vec<PathBuf> {
            folders.iter().filter_map(|folder| uri::path(&folder.uri)).collect()
        };
        self.state.change_folders(paths(params.event.added), &paths(params.event.removed));
        self.state.judge_all();
        self.state.index();
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        if params.changes.iter().any(|change| is_config(&change.uri)) {
            self.config_changed();
        } else {
            self.files_changed(params.changes.iter().filter_map(|change| uri::path(&change.uri)).collect());
        }
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        let previous = params.previous_result_id;
        let report = self.about(&params.text_document.uri, move |state, snapshot| {
            pulls::of_document(state, snapshot, previous.as_deref())
        });
        Ok(report.await?.unwrap_or_else(pulls::nothing))
    }

    async fn workspace_diagnostic(&self, params: WorkspaceDiagnosticParams) -> Result<WorkspaceDiagnosticReportResult> {
        let open = self.state.documents.snapshots();
        let state = Arc::clone(&self.state);
        blocking(move || {
            let token = params.partial_result_params.partial_result_token.as_ref();
            pulls::of_workspace(&state, &open, &params.previous_result_ids, token)
        })
        .await
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let work = move |state: &State, snapshot: &Snapshot| {
            let (catalog, workspace) = (state.catalog(), state.usages.all());
            completions::at(snapshot, state.reading(snapshot), position, &*catalog, &workspace, state.abilities())
        };
        Ok(self.about(&text_document.uri, work).await?.map(CompletionResponse::List))
    }

    async fn completion_resolve(&self, item: CompletionItem) -> Result<CompletionItem> {
        Ok(completions::resolved(item))
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let work = move |state: &State, snapshot: &Snapshot| {
            let (catalog, takes_markdown) = (state.catalog(), state.abilities().takes_markdown);
            hovers::at(snapshot, state.reading(snapshot), position, &*catalog, takes_markdown)
        };
        Ok(self.about(&text_document.uri, work).await?.flatten())
    }

    async fn signature_help(&self, params: SignatureHelpParams) -> Result<Option<SignatureHelp>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let work = move |state: &State, snapshot: &Snapshot| {
            signatures::at(snapshot, state.reading(snapshot), position, state.abilities())
        };
        Ok(self.about(&text_document.uri, work).await?.flatten())
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        if !self.state.settings().is_inlay_on {
            return Ok(None);
        }
        let range = params.range;
        let work = move |state: &State, snapshot: &Snapshot| {
            inlays::part(snapshot, state.reading(snapshot), range, &*state.catalog())
        };
        self.about(&params.text_document.uri, work).await
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let work = |state: &State, snapshot: &Snapshot| formatting::whole(snapshot, state.reading(snapshot));
        self.about(&params.text_document.uri, work).await
    }

    async fn range_formatting(&self, params: DocumentRangeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let range = params.range;
        let work = move |state: &State, snapshot: &Snapshot| {
            let offset = |position| snapshot.places().offset(&snapshot.text, position);
            formatting::part(snapshot, state.reading(snapshot), offset(range.start)..offset(range.end))
        };
        self.about(&params.text_document.uri, work).await
    }

    async fn on_type_formatting(&self, params: DocumentOnTypeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let typed = params.ch;
        let work = move |state: &State, snapshot: &Snapshot| {
            formatting::on_type(snapshot, state.reading(snapshot), position, &typed)
        };
        self.about(&text_document.uri, work).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let address = params.text_document.uri.clone();
        let work = move |state: &State, snapshot: &Snapshot| actions::at(state, snapshot, &params);
        self.about(&address, work).await
    }

    async fn semantic_tokens_full(&self, params: SemanticTokensParams) -> Result<Option<SemanticTokensResult>> {
        let work = |state: &State, snapshot: &Snapshot| state.tokens.whole(snapshot, state.reading(snapshot));
        Ok(self.about(&params.text_document.uri, work).await?.map(SemanticTokensResult::Tokens))
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: SemanticTokensDeltaParams,
    ) -> Result<Option<SemanticTokensFullDeltaResult>> {
        let previous = params.previous_result_id;
        let work = move |state: &State, snapshot: &Snapshot| {
            state.tokens.changed(snapshot, state.reading(snapshot), &previous)
        };
        self.about(&params.text_document.uri, work).await
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        let range = params.range;
        let work = move |state: &State, snapshot: &Snapshot| {
            let offset = |position| snapshot.places().offset(&snapshot.text, position);
            tokens::part(snapshot, state.reading(snapshot), offset(range.start)..offset(range.end))
        };
        Ok(self.about(&params.text_document.uri, work).await?.map(SemanticTokensRangeResult::Tokens))
    }

    async fn document_highlight(&self, params: DocumentHighlightParams) -> Result<Option<Vec<DocumentHighlight>>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let work =
            move |state: &State, snapshot: &Snapshot| names::highlights(snapshot, state.reading(snapshot), position);
        self.about(&text_document.uri, work).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let (state, open) = (Arc::clone(&self.state), self.state.documents.snapshots());
        blocking(move || names::places(&state, &open, &text_document.uri, position)).await
    }

    async fn prepare_rename(&self, params: TextDocumentPositionParams) -> Result<Option<PrepareRenameResponse>> {
        let work = move |state: &State, snapshot: &Snapshot| {
            names::prepared(snapshot, state.reading(snapshot), params.position)
        };
        self.about(&params.text_document.uri, work).await?.unwrap_or(Ok(None))
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let (state, open) = (Arc::clone(&self.state), self.state.documents.snapshots());
        blocking(move || names::renamed(&state, &open, &text_document.uri, position, &params.new_name)).await?
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        let is_nested = self.state.abilities().nests_symbols;
        let work = move |state: &State, snapshot: &Snapshot| {
            outlines::of_document(snapshot, state.reading(snapshot), is_nested)
        };
        self.about(&params.text_document.uri, work).await
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<WorkspaceSymbolResponse>> {
        let (state, open) = (Arc::clone(&self.state), self.state.documents.snapshots());
        blocking(move || outlines::of_workspace(&state, &open, &params.query)).await.map(Some)
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        let is_lines_only = self.state.abilities().folds_lines;
        let work =
            move |state: &State, snapshot: &Snapshot| ranges::folds(snapshot, state.reading(snapshot), is_lines_only);
        self.about(&params.text_document.uri, work).await
    }

    async fn selection_range(&self, params: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        let positions = params.positions;
        let work =
            move |state: &State, snapshot: &Snapshot| ranges::selections(snapshot, state.reading(snapshot), &positions);
        self.about(&params.text_document.uri, work).await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        if self.state.settings().is_lens_off {
            return Ok(None);
        }
        let work = |state: &State, snapshot: &Snapshot| lenses::of(snapshot, state.reading(snapshot));
        self.about(&params.text_document.uri, work).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        if !commands::NAMES.contains(&&*params.command) {
            return Err(Error::invalid_params(format!("no command is called `{}`", params.command)));
        }
        let arguments = params.arguments.into_iter().next().unwrap_or(Value::Null);
        let token = params.work_done_progress_params.work_done_token;
        // Dropped with this handler, be it done or cancelled.
        let task =
            commands::title(&params.command).map(|title| self.state.tasks.begin(&self.state.client, title, token));
        let stop = task.as_ref().map(Task::stop).unwrap_or_default();
        let context = commands::Context::new(Arc::clone(&self.state), &arguments, stop);
        let permit = match &task {
            Some(_) => Arc::clone(&self.state.runs).acquire_owned().await.ok(),
            None => None,
        };
        let run = move || {
            // A command that was cancelled keeps its thread until it ends.
            let _permit = permit;
            commands::run(&params.command, &arguments, &context)
        };
        blocking(run).await?.map(Some)
    }
}

/// Tells whether a document is a configuration.
fn is_config(address: &Uri) -> bool {
    uri::path(address).is_some_and(|path| path.file_name().is_some_and(|name| name == NAME))
}
