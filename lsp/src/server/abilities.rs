//! The abilities of the client and of the server.

use tower_lsp::ls_types::{
    ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CodeLensOptions,
    CompletionOptions, DiagnosticOptions, DiagnosticServerCapabilities, DocumentOnTypeFormattingOptions,
    ExecuteCommandOptions, FoldingRangeProviderCapability, HoverProviderCapability, OneOf, RenameOptions,
    ResourceOperationKind, SaveOptions, SelectionRangeProviderCapability, ServerCapabilities, SignatureHelpOptions,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions,
    WorkDoneProgressOptions, WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};

use super::{commands, completions, markup::is_markdown_first, place::Encoding, signatures, tokens};

/// The abilities of the client, as far as they matter.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Abilities {
    /// The units of columns.
    pub(super) encoding: Encoding,
    /// Whether it asks for findings, so that they need not be sent.
    pub(super) pulls: bool,
    /// Whether it asks again when findings may have changed.
    pub(super) refreshes_findings: bool,
    /// Whether it can be asked for settings.
    pub(super) has_settings: bool,
    /// Whether it wants to be told what settings to tell of.
    pub(super) registers_settings: bool,
    /// Whether it watches files for the server.
    pub(super) watches: bool,
    /// Whether it shows documents.
    pub(super) shows_documents: bool,
    /// Whether it makes edits that commands ask for.
    pub(super) applies_edits: bool,
    /// Whether it takes links and related places with findings.
    pub(super) takes_related: bool,
    /// Whether it takes completions with tab stops.
    pub(super) takes_snippets: bool,
    /// Whether it takes completions with tags.
    pub(super) takes_tags: bool,
    /// Whether it wants explanations as Markdown.
    pub(super) takes_markdown: bool,
    /// Whether it wants the documentation of calls as Markdown.
    pub(super) takes_markdown_of_signatures: bool,
    /// Whether it takes parameters as parts of the call's label.
    pub(super) takes_label_offsets: bool,
    /// Whether it asks again when hints beside the text may have changed.
    pub(super) refreshes_inlays: bool,
    /// Whether it makes files that edits ask for.
    pub(super) creates_files: bool,
    /// Whether it takes edits of documents with their versions.
    pub(super) takes_versions: bool,
    /// Whether it takes symbols that stand in others.
    pub(super) nests_symbols: bool,
    /// Whether it folds whole lines only.
    pub(super) folds_lines: bool,
}

impl Abilities {
    /// Reads what the client says of itself.
    pub(super) fn of(client: &ClientCapabilities) -> Abilities {
        let general = client.general.as_ref();
        let text = client.text_document.as_ref();
        let workspace = client.workspace.as_ref();
        let window = client.window.as_ref();
        let item = text.and_then(|text| text.completion.as_ref()).and_then(|found| found.completion_item.as_ref());
        let hover = text.and_then(|text| text.hover.as_ref());
        let signature = text.and_then(|text| text.signature_help.as_ref());
        let signature = signature.and_then(|found| found.signature_information.as_ref());
        let edits = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let dynamic = |found: Option<Option<bool>>| found.flatten() == Some(true);
        Abilities {
            encoding: Encoding::best(general.and_then(|general| general.position_encodings.as_deref())),
            pulls: text.is_some_and(|text| text.diagnostic.is_some()),
            refreshes_findings: dynamic(
                workspace.and_then(|workspace| workspace.diagnostics.as_ref()).map(|found| found.refresh_support),
            ),
            has_settings: workspace.and_then(|workspace| workspace.configuration) == Some(true),
            registers_settings: dynamic(
                workspace
                    .and_then(|workspace| workspace.did_change_configuration.as_ref())
                    .map(|found| found.dynamic_registration),
            ),
            watches: dynamic(
                workspace
                    .and_then(|workspace| workspace.did_change_watched_files.as_ref())
                    .map(|found| found.dynamic_registration),
            ),
            shows_documents: window.and_then(|window| window.show_document.as_ref()).is_some_and(|show| show.support),
            applies_edits: workspace.and_then(|workspace| workspace.apply_edit) == Some(true),
            takes_related: dynamic(
                text.and_then(|text| text.publish_diagnostics.as_ref()).map(|found| found.related_information),
            ),
            takes_snippets: item.and_then(|item| item.snippet_support) == Some(true),
            takes_tags: item.is_some_and(|item| item.tag_support.is_some()),
            takes_markdown: is_markdown_first(hover.and_then(|hover| hover.content_format.as_deref())),
            takes_markdown_of_signatures: is_markdown_first(
                signature.and_then(|signature| signature.documentation_format.as_deref()),
            ),
            takes_label_offsets: dynamic(
                signature
                    .and_then(|signature| signature.parameter_information.as_ref())
                    .map(|parameter| parameter.label_offset_support),
            ),
            refreshes_inlays: dynamic(
                workspace.and_then(|workspace| workspace.inlay_hint.as_ref()).map(|found| found.refresh_support),
            ),
            creates_files: edits.is_some_and(|edits| {
                let operations = edits.resource_operations.as_deref().unwrap_or_default();
                edits.document_changes == Some(true) && operations.contains(&ResourceOperationKind::Create)
            }),
            takes_versions: dynamic(edits.map(|edits| edits.document_changes)),
            nests_symbols: dynamic(
                text.and_then(|text| text.document_symbol.as_ref())
                    .map(|found| found.hierarchical_document_symbol_support),
            ),
            folds_lines: dynamic(
                text.and_then(|text| text.folding_range.as_ref()).map(|found| found.line_folding_only),
            ),
        }
    }
}

/// Returns what the server offers.
pub(super) fn offered(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
            ..TextDocumentSyncOptions::default()
        })),
        diagnostic_provider: Some(DiagnosticServerCapabilities::Options(DiagnosticOptions {
            identifier: Some("traceql".to_owned()),
            inter_file_dependencies: false,
            workspace_diagnostics: true,
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        completion_provider: Some(CompletionOptions {
            resolve_provider: Some(true),
            trigger_characters: Some(completions::TRIGGERS.map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: Some(signatures::TRIGGERS.map(str::to_owned).to_vec()),
            ..SignatureHelpOptions::default()
        }),
        inlay_hint_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        document_range_formatting_provider: Some(OneOf::Left(true)),
        document_on_type_formatting_provider: Some(DocumentOnTypeFormattingOptions {
            first_trigger_character: "\n".to_owned(),
            more_trigger_character: Some(["}", ")", "|"].map(str::to_owned).to_vec()),
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QUICKFIX,
                CodeActionKind::REFACTOR,
                CodeActionKind::REFACTOR_REWRITE,
                CodeActionKind::REFACTOR_EXTRACT,
                CodeActionKind::SOURCE_FIX_ALL,
            ]),
            ..CodeActionOptions::default()
        })),
        semantic_tokens_provider: Some(tokens::offered()),
        document_highlight_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(SelectionRangeProviderCapability::Simple(true)),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: commands::NAMES.iter().map(|name| (*name).to_owned()).collect(),
            work_done_progress_options: WorkDoneProgressOptions { work_done_progress: Some(true) },
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            ..WorkspaceServerCapabilities::default()
        }),
        ..ServerCapabilities::default()
    }
}
