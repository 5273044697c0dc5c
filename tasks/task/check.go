package task

import "context"

// Check is one step between the values and what people get from them. Each depends
// on those before it.
type Check struct {
	Name string
	// Outcome says that the loop runs the check after an apply, too. It costs a
	// number of requests that does not grow with the teams.
	Outcome bool
	// Run returns what it found, or what is broken: a *Fault where the remedy is
	// known. It only reads.
	Run func(context.Context) (finding string, err error)
}

// Checker is a Converger with checks of its own. doctor runs them all.
type Checker interface{ Checks() []Check }

// CheckResult is the result of one check.
type CheckResult struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	// Result is ok, broken, or skipped where an earlier check is broken.
	Result  string `json:"result"`
	Finding string `json:"finding"`
	Remedy  string `json:"remedy,omitempty"`
	Docs    string `json:"docs,omitempty"`
}

// The results of checks.
const (
	CheckOK      = "ok"
	CheckBroken  = "broken"
	CheckSkipped = "skipped"
)

// RunChecks runs the checks in their order until one is broken, and returns the
// results of all with the error of the broken one.
func RunChecks(ctx context.Context, checks []Check) (results []CheckResult, broken error) {
	for i, c := range checks {
		r := CheckResult{Number: i + 1, Name: c.Name, Result: CheckSkipped, Finding: "not looked at"}
		if broken == nil {
			r.Result = CheckOK
			if r.Finding, broken = c.Run(ctx); broken != nil {
				f := Explain(broken)
				r.Result, r.Finding, r.Remedy, r.Docs = CheckBroken, f.Error(), f.Remedy, f.Docs
			}
		}
		results = append(results, r)
	}
	return results, broken
}
