#include "cli/noc_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/gnuplot.hpp"

namespace dojo::cli {
namespace {

using noc::TrafficFigures;
using noc::TrafficResult;

constexpr std::array<std::string_view, noc::classes> class_names{"request", "data"};
constexpr std::array<std::string_view, 7> colours{"#1f77b4", "#d62728", "#2ca02c", "#ff7f0e",
                                                  "#9467bd", "#8c564b", "#17a2b8"};

/// The lines that one measurement has in a table: the whole, and each class if both are in use.
std::vector<std::pair<std::string, const TrafficFigures*>> parts(const TrafficResult& result, Traffic traffic) {
  std::vector<std::pair<std::string, const TrafficFigures*>> found{{name_of(traffic), &result.all}};
  if (traffic == Traffic::mixed) {
    for (unsigned c = 0; c < noc::classes; ++c) found.emplace_back(class_names.at(c), &result.by_class.at(c));
  }
  return found;
}

nlohmann::ordered_json figures(const TrafficFigures& figures) {
  return {{"offered", figures.offered},
          {"accepted", figures.accepted},
          {"latency_mean", figures.latency_mean},
          {"latency_p99", figures.latency_p99},
          {"hops_mean", figures.hops_mean}};
}

void add_result(nlohmann::ordered_json& json, const TrafficResult& result, Traffic traffic) {
  json.update(figures(result.all));
  json["worst_node"] = result.worst_node;
  json["drained"] = result.drained;
  if (traffic != Traffic::mixed) return;
  for (unsigned c = 0; c < noc::classes; ++c) {
    json["classes"][std::string(class_names.at(c))] = figures(result.by_class.at(c));
  }
}

void add_zero_load(nlohmann::ordered_json& json, const PatternSweep& sweep) {
  json["zero_load_latency"] = sweep.sweep.zero_load.all.latency_mean;
  json["zero_load_hops"] = sweep.sweep.zero_load.all.hops_mean;
}

/// One curve of the picture.
struct Curve {
  std::string title;
  std::string points = {};  ///< x and y, a line each
  std::size_t colour = 0;
  bool dashed = false;
};

/// A curve for each pattern and class; `line` makes the line of a point, if it has one.
std::vector<Curve> curves_of(const std::vector<PatternSweep>& sweeps,
                             const std::function<std::string(const TrafficResult&, const TrafficFigures&)>& line) {
  std::vector<Curve> curves;
  for (std::size_t i = 0; i < sweeps.size(); ++i) {
    const PatternSweep& sweep = sweeps[i];
    const std::size_t count = parts(sweep.sweep.zero_load, sweep.traffic).size();
    // The whole of mixed traffic lies between its classes.
    for (std::size_t part = count == 1 ? 0 : 1; part < count; ++part) {
      Curve curve{.title = std::string(name_of(sweep.pattern)), .colour = i};
      if (count > 1) curve.title += ", " + parts(sweep.sweep.zero_load, sweep.traffic)[part].first;
      curve.dashed = part == 1;
      for (const auto& point : sweep.sweep.points) {
        curve.points += line(point.result, *parts(point.result, sweep.traffic)[part].second);
      }
      curves.push_back(std::move(curve));
    }
  }
  return curves;
}

/// Data blocks $<name>0, $<name>1, ... and the command that plots them.
std::string plot_command(const std::vector<Curve>& curves, std::string_view name) {
  std::string blocks;
  std::string command = "plot";
  for (std::size_t i = 0; i < curves.size(); ++i) {
    blocks += fmt::format("${}{} << END\n{}END\n", name, i, curves[i].points);
    command += fmt::format("{} ${}{} using 1:2 with lines linecolor rgb '{}' dashtype {} linewidth 1.5 title {}",
                           i == 0 ? "" : ",", name, i, colours.at(curves[i].colour % colours.size()),
                           curves[i].dashed ? 2 : 1, gnuplot_string(curves[i].title));
  }
  return blocks + command + "\n";
}

}  // namespace

std::string name_of(Traffic traffic) {
  switch (traffic) {
    case Traffic::data:
      return "data";
    case Traffic::request:
      return "request";
    case Traffic::mixed:
      return "mixed";
  }
  return "";
}

void add_load(nlohmann::ordered_json& json, const PatternSweep& sweep) {
  const auto& [load, result] = sweep.sweep.points.front();
  json["load"] = load;
  add_result(json, result, sweep.traffic);
  add_zero_load(json, sweep);
}

void add_sweep(nlohmann::ordered_json& json, const PatternSweep& sweep) {
  const noc::Sweep& found = sweep.sweep;
  add_zero_load(json, sweep);
  json["saturation_latency"] = found.saturation_latency;
  json["saturation_accepted"] = found.saturation_accepted;
  json["peak_accepted"] = found.peak_accepted;
  json["overload"] = found.points.back().load;
  json["overload_accepted"] = found.twice().all.accepted;
  json["overload_worst_node"] = found.twice().worst_node;
  json["points"] = nlohmann::ordered_json::array();
  for (const auto& [load, result] : found.points) {
    nlohmann::ordered_json point{{"load", load}};
    add_result(point, result, sweep.traffic);
    json["points"].push_back(std::move(point));
  }
}

std::string sweep_table(const std::vector<PatternSweep>& sweeps) {
  std::string table =
      "           saturation by        zero-load               peak        overload\n"
      "pattern    latency   accepted   latency = hops + ...    accepted    load    accepted   worst node\n";
  for (const PatternSweep& sweep : sweeps) {
    const noc::Sweep& found = sweep.sweep;
    const TrafficFigures& idle = found.zero_load.all;
    table +=
        fmt::format("{:<10} {:>7.4f} {:>10.4f} {:>9.2f} = {:>5.2f} + {:<4.2f} {:>11.4f} {:>7.4f} {:>11.4f} {:>12.4f}\n",
                    name_of(sweep.pattern), found.saturation_latency, found.saturation_accepted, idle.latency_mean,
                    idle.hops_mean, idle.latency_mean - idle.hops_mean, found.peak_accepted, found.points.back().load,
                    found.twice().all.accepted, found.twice().worst_node);
  }
  return table;
}

std::string point_table(const std::vector<PatternSweep>& sweeps) {
  std::string table =
      "pattern    class    load    offered  accepted  worst node  latency_mean  latency_p99  zero-load latency\n";
  for (const PatternSweep& sweep : sweeps) {
    for (const auto& [load, result] : sweep.sweep.points) {
      for (const auto& [name, part] : parts(result, sweep.traffic)) {
        const bool whole = part == &result.all;
        table +=
            fmt::format("{:<10} {:<8} {:<7.4f} {:>7.4f} {:>9.4f} {:>11} {:>13.2f} {:>12}  {:>17}{}\n",
                        name_of(sweep.pattern), name, load, part->offered, part->accepted,
                        whole ? fmt::format("{:.4f}", result.worst_node) : "", part->latency_mean, part->latency_p99,
                        whole ? fmt::format("{:.2f}", sweep.sweep.zero_load.all.latency_mean) : "",
                        result.drained ? "" : "  latencies of the packets that arrived");
      }
    }
  }
  return table;
}

std::string sweep_csv(const std::vector<PatternSweep>& sweeps) {
  std::string csv = "pattern,class,load,offered,accepted,worst_node,latency_mean,latency_p99,hops_mean,drained\n";
  for (const PatternSweep& sweep : sweeps) {
    for (const auto& [load, result] : sweep.sweep.points) {
      for (const auto& [name, part] : parts(result, sweep.traffic)) {
        csv += fmt::format("{},{},{:.6f},{:.6f},{:.6f},{},{:.3f},{},{:.3f},{}\n", name_of(sweep.pattern), name, load,
                           part->offered, part->accepted,
                           part == &result.all ? fmt::format("{:.6f}", result.worst_node) : "", part->latency_mean,
                           part->latency_p99, part->hops_mean, result.drained);
      }
    }
  }
  return csv;
}

std::string sweep_plot(const std::vector<PatternSweep>& sweeps, const std::string& title, const std::string& file) {
  // A little above the largest latency that counts as not saturated.
  double top = 0;
  for (const PatternSweep& sweep : sweeps) top = std::max(top, 4 * sweep.sweep.zero_load.all.latency_mean);
  const auto latency = curves_of(sweeps, [](const TrafficResult& result, const TrafficFigures& part) {
    return result.drained ? fmt::format("{:.5f} {:.3f}\n", result.all.offered, part.latency_mean) : "";
  });
  const auto accepted = curves_of(sweeps, [](const TrafficResult& result, const TrafficFigures& part) {
    return fmt::format("{:.5f} {:.5f}\n", result.all.offered, part.accepted);
  });
  return fmt::format(
      "set terminal svg size 1000,460 font 'sans-serif,13' background 'white'\n"
      "set output {}\n"
      "set multiplot layout 1,2 title {}\n"
      "set grid linetype 1 linecolor rgb '#dddddd'\n"
      "set xlabel 'offered load (flits per node and cycle)'\n"
      "set xrange [0:*]\n"
      "set ylabel 'mean latency (cycles)'\n"
      "set yrange [0:{:.0f}]\n"
      "unset key\n"
      "{}"
      "set ylabel 'accepted (flits per node and cycle)'\n"
      "set yrange [0:*]\n"
      "set key left top\n"
      "{}"
      "unset multiplot\n",
      gnuplot_string(file), gnuplot_string(title), top, plot_command(latency, "latency"),
      plot_command(accepted, "accepted"));
}

}  // namespace dojo::cli
