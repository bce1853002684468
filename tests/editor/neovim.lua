-- Drives `traceql lsp` from Neovim: nvim --headless -u NONE -l neovim.lua, in a copy of the folder `space`.

local failed = false

local function step(name, is_right, detail)
  print((is_right and "ok: " or "not ok: ") .. name .. (is_right and "" or " (" .. vim.inspect(detail) .. ")"))
  failed = failed or not is_right
end

local status = nil

-- As docs/editors.md has it, with a source of values.
vim.cmd.filetype("on")
vim.filetype.add({ extension = { traceql = "traceql" } })
vim.lsp.config("traceql", {
  cmd = { vim.env.TRACEQL, "lsp", vim.env.TRACES },
  filetypes = { "traceql", "json", "yaml", "markdown", "terraform", "sh" },
  root_markers = { "traceql.toml", ".git" },
  on_exit = function(code) status = code end,
})
vim.lsp.enable("traceql")

vim.cmd.edit("mistake.traceql")
step("the file type is told", vim.bo.filetype == "traceql", vim.bo.filetype)
local buffer = vim.api.nvim_get_current_buf()
local function clients() return vim.lsp.get_clients({ bufnr = buffer, name = "traceql" }) end
step("the server starts", vim.wait(10000, function() return #clients() == 1 and clients()[1].initialized end, 20), clients())
local client = clients()[1]

local function found() return vim.diagnostic.get(buffer) end
local function has_mistake()
  return vim.iter(found()):any(function(d) return d.message:find("`==`", 1, true) ~= nil end)
end
step("the mistake is seen", vim.wait(10000, has_mistake, 20), found())

local function text() return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n") end
vim.api.nvim_win_set_cursor(0, { 1, text():find("==", 1, true) - 1 })
vim.lsp.buf.code_action({
  apply = true,
  context = { only = { "quickfix" } },
  filter = function(action) return action.title:find("=", 1, true) ~= nil end,
})
step("the fix is applied", vim.wait(10000, function() return text():find("==", 1, true) == nil end, 20), text())
step("the mistake is gone", vim.wait(10000, function() return not has_mistake() end, 20), found())

vim.api.nvim_win_set_cursor(0, { 1, (text():find("status_code", 1, true)) })
vim.lsp.buf.rename("span.http.response.status_code")
local function is_renamed() return text():find("span.http.response.status_code = 500", 1, true) ~= nil end
step("the attribute is renamed", vim.wait(10000, is_renamed, 20), text())
local dashboard = vim.fn.bufadd("dashboard.json")
vim.fn.bufload(dashboard)
local other = table.concat(vim.api.nvim_buf_get_lines(dashboard, 0, -1, false), "\n")
step("and in the dashboard too", other:find('&& span.http.response.status_code = 500 }"', 1, true) ~= nil, other)

vim.cmd.edit("typed.traceql")
local typed = vim.api.nvim_get_current_buf()
vim.wait(10000, function() return #vim.lsp.get_clients({ bufnr = typed }) == 1 end, 20)
local line = vim.api.nvim_buf_get_lines(typed, 0, -1, false)[1]
local function wanted()
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(typed) },
    position = { line = 0, character = #line },
  }
  local answer = client:request_sync("textDocument/completion", params, 5000, typed)
  return vim.iter(answer and answer.result and answer.result.items or {}):find(function(item) return item.label == "recommendation" end)
end
local item = nil
vim.wait(10000, function()
  item = wanted()
  return item ~= nil
end, 100)
step("a value of the data is offered", item ~= nil, line)
if item then
  vim.lsp.util.apply_text_edits({ item.textEdit }, typed, client.offset_encoding)
  line = vim.api.nvim_buf_get_lines(typed, 0, -1, false)[1]
  step("and written", line == '{ resource.service.name = "recommendation"', line)
end

local argument = { query = '{ resource.service.name = "cart" }', limit = 3 }
local answer = client:request_sync(
  "workspace/executeCommand",
  { command = "traceql.runQuery", arguments = { argument } },
  10000
)
local traces = answer and answer.result and answer.result.traces or {}
step("a query is run", #traces == 3 and answer.result.complete ~= nil, answer)

local hover = client:request_sync("textDocument/hover", {
  textDocument = { uri = vim.uri_from_bufnr(buffer) },
  position = { line = 0, character = 6 },
}, 5000, buffer)
step("an attribute is explained", hover and hover.result and hover.result.contents ~= nil, hover)

client:stop()
step("the server stops", vim.wait(10000, function() return status ~= nil end, 20) and status == 0, status)
io.stdout:write("\n")
vim.cmd(failed and "cquit! 1" or "qall!")
