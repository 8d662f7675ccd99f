#include "scrawl/library.h"

#include "command.h"
#include "command_tree.h"
#include "output.h"

#include <memory>
#include <string>

namespace scrawl::tool {

void add_completion(CLI::App& app, int& status) {
  auto shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion", "Print what a shell needs to complete scrawl's commands");
  command->footer(
      "A package installs these files where the shells find them. Without one:\n"
      "  scrawl completion bash > ~/.local/share/bash-completion/completions/scrawl\n"
      "  scrawl completion fish > ~/.config/fish/completions/scrawl.fish\n"
      "  scrawl completion zsh > DIR/_scrawl  (DIR being one of zsh's $fpath)");
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, &app, &status] {
    const Command root = describe(app);
    print_text(*shell == "bash"  ? bash_completion(root)
               : *shell == "zsh" ? zsh_completion(root)
                                 : fish_completion(root));
    status = success;
  });

  auto* manual = app.add_subcommand("manual", "Print the manual page scrawl(1)")->group("");
  manual->callback([&app, &status] {
    print_text(manual_page(describe(app), version()));
    status = success;
  });
}

}  // namespace scrawl::tool
