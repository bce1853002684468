;;; Drives `traceql lsp` from Emacs: emacs --batch -q -l eglot.el, in a copy of the folder `space`.  -*- lexical-binding: t -*-

(require 'eglot)
(require 'flymake)
(require 'project)
(require 'seq)

(defvar test-failed nil)

(defun test-step (name is-right &optional detail)
  "Print whether the step called NAME went well; DETAIL is for when it did not."
  (message "%s: %s%s" (if is-right "ok" "not ok") name (if is-right "" (format " (%S)" detail)))
  (unless is-right (setq test-failed t)))

(defun test-wait (is-done)
  "Wait at most ten seconds until IS-DONE returns something; return that."
  (let ((end (+ (float-time) 10)) found)
    (while (and (not (setq found (funcall is-done))) (< (float-time) end))
      (accept-process-output nil 0.05))
    found))

;; As docs/editors.md has it, with a source of values.
(define-derived-mode traceql-mode prog-mode "TraceQL")
(add-to-list 'auto-mode-alist '("\\.traceql\\'" . traceql-mode))
(add-to-list 'eglot-server-programs
             `(traceql-mode . (,(getenv "TRACEQL") "lsp" ,(getenv "TRACES"))))

(setq eglot-sync-connect 10
      eglot-confirm-server-initiated-edits nil
      eglot-autoshutdown nil
      project-find-functions (list (lambda (_) (cons 'transient default-directory))))

(find-file "mistake.traceql")
(apply #'eglot (eglot--guess-contact))
(let ((server (eglot-current-server))
      (buffer (current-buffer)))
  (test-step "the server starts" server)

  (defun test-mistake ()
    (seq-find (lambda (found) (string-match-p "`==`" (flymake-diagnostic-text found)))
              (with-current-buffer buffer (flymake-diagnostics))))
  (flymake-mode 1)
  (flymake-start)
  (test-step "the mistake is seen" (test-wait #'test-mistake) (flymake-diagnostics))

  (goto-char (point-min))
  (search-forward "==")
  (let* ((actions (eglot-code-actions (match-beginning 0) (match-end 0) "quickfix" nil))
         (fix (seq-find (lambda (action) (string-match-p "=" (plist-get action :title))) actions)))
    (test-step "a fix is offered" fix actions)
    (when fix (eglot--apply-workspace-edit (plist-get fix :edit))))
  (test-step "the fix is applied" (not (string-match-p "==" (buffer-string))) (buffer-string))
  (eglot--signal-textDocument/didChange)
  (test-step "the mistake is gone" (test-wait (lambda () (flymake-start) (not (test-mistake)))) (flymake-diagnostics))

  ;; Eglot asks before it edits a file that is not visited.
  (find-file-noselect "dashboard.json")
  (goto-char (point-min))
  (search-forward "status_")
  (eglot-rename "span.http.response.status_code")
  (test-step "the attribute is renamed"
             (string-match-p "span\\.http\\.response\\.status_code = 500" (buffer-string)) (buffer-string))
  (with-current-buffer (find-file-noselect "dashboard.json")
    (test-step "and in the dashboard too"
               (string-match-p "&& span\\.http\\.response\\.status_code = 500 }\"" (buffer-string)) (buffer-string)))

  (find-file "typed.traceql")
  (goto-char (point-min))
  (end-of-line)
  (unless eglot--managed-mode (eglot--maybe-activate-editing-mode))
  (defun test-values ()
    (let ((found (eglot-completion-at-point)))
      (and found (seq-find (lambda (text) (string-match-p "recommendation" text))
                           (all-completions "" (nth 2 found))))))
  (test-step "a value of the data is offered" (test-wait #'test-values) (buffer-string))

  (let ((answer (eglot-execute-command server 'traceql.runQuery
                                       (vector '(:query "{ resource.service.name = \"cart\" }" :limit 3)))))
    (test-step "a query is run" (equal 3 (length (plist-get answer :traces))) answer))

  ;; Eglot ends the process itself, whatever the server does: its exit status is checked by the other clients.
  (eglot-shutdown server nil 5)
  (test-step "the server stops" (not (jsonrpc-running-p server))))

(kill-emacs (if test-failed 1 0))
