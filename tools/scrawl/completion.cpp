#include "command.h"
#include "output.h"

#include <algorithm>
#include <memory>
#include <string>

namespace scrawl::tool {
namespace {

// The shells ask `scrawl __complete WORD...` for what can come next; see completions().
constexpr const char* bash = R"(_scrawl() {
  local word=${COMP_WORDS[COMP_CWORD]} line kind found
  # bash splits --out=FILE into three words.
  [[ $word == = ]] && word=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files | :folders)
        [[ $line == :files ]] && kind=-f || kind=-d
        mapfile -t found < <(compgen $kind -- "$word")
        COMPREPLY+=("${found[@]}")
        compopt -o filenames 2>/dev/null || true
        ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _scrawl scrawl
)";

constexpr const char* zsh = R"zsh(#compdef scrawl
local line
local -a words_found
compset -P '--*='
for line in ${(f)"$($words[1] __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)"}; do
  case $line in
    :files) _files ;;
    :folders) _files -/ ;;
    *) words_found+=(${${line//:/\\:}/$'\t'/:}) ;;
  esac
done
(( $#words_found == 0 )) || _describe -V scrawl words_found
)zsh";

constexpr const char* fish = R"(function __scrawl_complete
    set -l token (commandline -ct)
    set -l prefix (string match -r -- '^--[^=]+=' "$token")
    set -l value (string replace -- "$prefix" '' "$token")
    for line in (command scrawl __complete (commandline -opc)[2..-1] "$token" 2>/dev/null)
        switch "$line"
            case ':files'
                string replace -r '^' -- "$prefix" (__fish_complete_path "$value")
            case ':folders'
                string replace -r '^' -- "$prefix" (__fish_complete_directories "$value")
            case '*'
                echo "$prefix$line"
        end
    end
end
complete -c scrawl -f -a '(__scrawl_complete)'
)";

}  // namespace

std::string completions(const CommandLine& line, std::vector<std::string> words) {
  // bash splits --out=FILE into three words.
  if (words.empty() || words.back() == "=") words.emplace_back();
  std::string word = words.back();
  words.pop_back();
  if (!words.empty() && words.back() == "=") words.pop_back();

  const CLI::App* command = &line.app;
  const auto find_option = [&](const std::string& name) {
    const CLI::Option* found = command->get_option_no_throw(name);
    return found != nullptr ? found : line.app.get_option_no_throw(name);
  };
  const CLI::Option* pending = nullptr;  // the option whose value comes next
  for (const auto& before : words) {
    const bool is_value = pending != nullptr;
    pending = nullptr;
    if (is_value) continue;
    const auto children = subcommands(*command);
    const auto child = std::find_if(children.begin(), children.end(),
                                    [&](const CLI::App* one) { return one->get_name() == before; });
    if (child != children.end()) command = *child;
    const CLI::Option* option = before.starts_with("-") ? find_option(before) : nullptr;
    if (option != nullptr && !type_of(*option).empty()) pending = option;
  }
  if (const auto equals = word.find('=');
      pending == nullptr && word.starts_with("--") && equals != word.npos) {
    pending = find_option(word.substr(0, equals));
    word.erase(0, equals + 1);
  }

  std::string found;
  const auto offer = [&](const std::string& text, const std::string& description) {
    if (text.starts_with(word)) found += text + (description.empty() ? "" : "\t" + description) + "\n";
  };
  const auto offer_values = [&](const CLI::Option& option) {
    const ValueType values = value_type(type_of(option));
    for (const auto& text : values.words) offer(text, "");
    if (values.files) found += ":files\n";
    if (values.folders) found += ":folders\n";
  };
  if (pending != nullptr) {
    offer_values(*pending);
    return found;
  }
  for (const CLI::App* child : subcommands(*command)) offer(child->get_name(), child->get_description());
  for (const CLI::App* app : {command, &line.app}) {
    for (const CLI::Option* option : app->get_options()) {
      if (option->get_positional() && app == command && !word.starts_with("-")) offer_values(*option);
      if (option->nonpositional() && word.starts_with("-") && (app == command || !type_of(*option).empty()))
        for (const auto& name : names_of(*option)) offer(name, option->get_description());
    }
    if (command == &line.app) break;
  }
  return found;
}

void add_completion(CommandLine& line) {
  auto shell = std::make_shared<std::string>();
  auto* command =
      line.add(line.app, "completion", "Print a completion script for a shell",
               {.notes = "Packages install these scripts. Without a package:\n"
                         "  scrawl completion bash > ~/.local/share/bash-completion/completions/scrawl\n"
                         "  scrawl completion fish > ~/.config/fish/completions/scrawl.fish\n"
                         "  scrawl completion zsh > DIR/_scrawl  (DIR: a folder in zsh's $fpath)\n",
                .examples = ""});
  add_value(command, "shell", "SHELL", *shell, "bash, zsh or fish")->required();
  command->callback([shell] { print_text(*shell == "bash" ? bash : *shell == "zsh" ? zsh : fish); });

  auto* manual = line.add(line.app, "manual", "Print the manual page scrawl(1)", {});
  manual->group("")->callback([&line] { print_text(manual_page(line)); });
}

}  // namespace scrawl::tool
