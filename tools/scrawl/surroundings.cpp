#include "surroundings.h"

#include "scrawl/error.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <initializer_list>

#include <fcntl.h>
#include <unistd.h>

namespace scrawl::tool {
namespace {

std::atomic<int> requested = 0;
static_assert(std::atomic<int>::is_always_lock_free);

void take_request(int number) {
  if (requested.exchange(number) == 0 || number != SIGINT) return;
  std::signal(number, SIG_DFL);
  clean_up_on_signals();
  std::raise(number);
}

}  // namespace

bool secure_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is this one: those below it are open by now.
    if (::open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY) != stream) return false;
  }
  return true;
}

void ignore_file_size_signal() { std::signal(SIGXFSZ, SIG_IGN); }

void stop_on_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    struct sigaction before {};
    if (::sigaction(number, nullptr, &before) != 0 || before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = take_request;
    action.sa_flags = SA_RESTART;  // no output is cut off
    ::sigaction(number, &action, nullptr);
  }
}

int stop_signal() { return requested; }

}  // namespace scrawl::tool
