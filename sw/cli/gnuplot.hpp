#pragma once
// Pictures are drawn by gnuplot (Debian package gnuplot-nox).

#include <string>

namespace dojo::cli {

/// Throws InputError, which says what to install, unless gnuplot can be run.
void check_gnuplot();

/// Runs a script. Throws RunError if gnuplot refuses it.
void run_gnuplot(const std::string& script);

/// `text` as a string of gnuplot's language.
std::string gnuplot_string(const std::string& text);

}  // namespace dojo::cli
