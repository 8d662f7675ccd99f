#pragma once

/// What the command has from whoever starts it: standard streams and signals.
namespace scrawl::tool {

/// Replaces standard streams that are closed, so that no file opened later gets their numbers: input is
/// empty, output fails (which is reported at the end), messages are dropped. Returns false if that is
/// impossible.
bool secure_standard_streams();

/// Lets a write beyond `ulimit -f` fail, as on a full disk, instead of ending the process.
void ignore_file_size_signal();

/// From now on SIGINT (Ctrl-C), SIGTERM, SIGHUP and SIGXCPU no longer end the process: stop_signal() tells.
/// Only a second Ctrl-C ends it at once. Signals that are ignored, such as SIGHUP under nohup, stay so.
void stop_on_signals();

/// The signal that asks the command to stop, or 0.
int stop_signal();

}  // namespace scrawl::tool
