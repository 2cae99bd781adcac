// Package price adds up what a contract costs, in whole cents: no amount ever passes through a floating-point number.
package price

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
)

// Cents is an amount of money in hundredths of the currency's unit.
type Cents int64

// Line is one line of a price list.
type Line struct {
	Quantity int64 // in hundredths
	Price    Cents // of one unit
	Rate     int64 // of VAT, in tenths of a percent: 55 is 5.5 %
}

// Amount is quantity times price, rounded half up to a cent.
func (l Line) Amount() Cents { return rounded(l.Quantity*int64(l.Price), 100) }

// Tax is what is due at one rate.
type Tax struct {
	Rate int64 // in tenths of a percent
	Base Cents // the amount before tax that it is due on
	Tax  Cents
}

// Totals is what a list comes to. Gross = Net + the sum of all taxes, to the cent.
type Totals struct {
	Net, Gross Cents
	Taxes      []Tax // one per rate, highest rate first
}

// Add adds up a list. VAT is worked out on the sum of all lines of one rate, not line by line, and rounded half up
// per rate (Council Directive 2006/112/EC, art. 226 (8) and (10), asks for base and tax per rate). If included, the
// prices contain the tax already; otherwise it comes on top.
func Add(lines []Line, included bool) Totals {
	sums := map[int64]Cents{}
	for _, l := range lines {
		sums[l.Rate] += l.Amount()
	}
	var t Totals
	for rate, sum := range sums {
		tax := Tax{Rate: rate, Base: sum, Tax: rounded(int64(sum)*rate, 1000)}
		if included {
			tax.Tax = rounded(int64(sum)*rate, 1000+rate)
			tax.Base = sum - tax.Tax
		}
		t.Net += tax.Base
		t.Gross += tax.Base + tax.Tax
		t.Taxes = append(t.Taxes, tax)
	}
	slices.SortFunc(t.Taxes, func(a, b Tax) int { return cmp.Compare(b.Rate, a.Rate) })
	return t
}

// rounded divides, half up; both are never negative here.
func rounded(amount, by int64) Cents { return Cents((2*amount + by) / (2 * by)) }

// Parse reads a decimal number such as "18.5" as a whole number of its scale-th parts, exactly. It is an error if the
// number has finer parts than that.
func Parse(decimal string, scale int64) (int64, error) {
	r, ok := new(big.Rat).SetString(decimal)
	if !ok {
		return 0, fmt.Errorf("%q is not a decimal number", decimal)
	}
	r.Mul(r, new(big.Rat).SetInt64(scale))
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, fmt.Errorf("%q is not a whole number of %dths", decimal, scale)
	}
	return r.Num().Int64(), nil
}
