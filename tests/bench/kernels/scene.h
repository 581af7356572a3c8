// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/timing/measure.h"
#include "core/report/json.h"

#include <functional>
#include <string>
#include <vector>

namespace quantoscope::bench {

/// What runs in a scene, with the work of one call.
struct Contender
{
    std::string name;
    std::function<void()> call;
    std::function<void()> rotate = nullptr; ///< cold: to the next copy
    double macs = 0;
    double bytes = 0; ///< of weights, or read
};

/// Makes the contenders that are wanted, as far as they can be had on this machine; the others are left out.
class Contenders
{
public:
    using Call = std::function<void()>;
    explicit Contenders(std::function<bool(const std::string&)> wanted) : m_wanted(std::move(wanted)) {}

    bool wants(const std::string& name) const { return m_wanted(name); }
    void add(const std::string& name, double macs, double bytes, const std::function<Call()>& make);
    /// Calls in turn, each on its own copy of the weights.
    void addCold(const std::string& name, double macs, double bytes,
                 const std::function<std::vector<Call>()>& make);
    std::vector<Contender> take() { return std::move(m_list); }

private:
    std::function<bool(const std::string&)> m_wanted;
    std::vector<Contender> m_list;
};

/// What two contenders are compared by: the same work in less time, or the rate.
enum class By { Time, Macs, Bytes };

/// One row of the table: `ours` against the fastest of the peers that ran.
struct Comparison
{
    std::string name;
    std::string ours;
    std::vector<std::string> peers;
    double goal = 0; ///< ours / peer at least; 0: nothing is asked for
    By by = By::Time;
};

/// Contenders measured side by side, and the rows that come of it.
struct Scene
{
    std::vector<Comparison> rows;
    std::function<void(Contenders&)> make; ///< data live as long as the calls
    int threads = 1;                       ///< that contenders use; 1: the pool is limited to one
};

/// A comparison as it came out.
struct KernelRow
{
    struct Value
    {
        std::string name;
        double value = 0; ///< microseconds, GMAC/s or GB/s
        bool noisy = false;
    };

    std::string name;
    By by = By::Time;
    double goal = 0;
    int threads = 1;
    Value ours;
    std::vector<Value> peers; ///< the one compared with first; none: nobody ran
    Spread ratio;             ///< paired by round
    std::size_t samples = 0;
    double drift = 0; ///< of the processor's frequency, largest

    /// "met": the interval's lower end meets the goal; "within noise": the goal lies in the interval; "not met"; "no peer ran"; "" without
    /// a goal.
    std::string verdict() const;
};

/// Measures the scenes with rows whose names are chosen, one after the other.
std::vector<KernelRow> runScenes(const std::vector<Scene>& scenes,
                                 const std::function<bool(const std::string&)>& choose, std::size_t rounds);

std::string tableOf(const std::vector<KernelRow>& rows);
Json toJson(const std::vector<KernelRow>& rows);

} // namespace quantoscope::bench
