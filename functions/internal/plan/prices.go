package plan

import (
	"math/big"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
)

// A Cost adds up what a claim costs each month. Amounts are exact fractions, so
// that a thousand small prices make no error.
type Cost struct {
	currency string
	sum      *big.Rat
}

// costIn begins a sum by the prices of a cloud. Without prices there is none.
func costIn(p *v1alpha1.Prices) Cost {
	if p == nil {
		return Cost{}
	}
	return Cost{currency: p.Currency, sum: new(big.Rat)}
}

// add counts an amount of something that has a price. Something without a price
// isn't counted.
func (c Cost) add(amount *big.Rat, price *v1alpha1.Price) {
	if c.sum == nil || price == nil {
		return
	}
	each, ok := new(big.Rat).SetString(string(*price))
	if !ok {
		return // The schema and the catalogue refuse it.
	}
	c.sum.Add(c.sum, each.Mul(each, amount))
}

// gibibytes returns a number of bytes in gibibytes.
func gibibytes(bytes int64) *big.Rat { return big.NewRat(bytes, gibi) }

// Status returns the sum as status shows it, to two digits, or nil without prices.
func (c Cost) Status() *v1alpha1.Cost {
	if c.sum == nil {
		return nil
	}
	return &v1alpha1.Cost{Monthly: c.sum.FloatString(2), Currency: c.currency}
}
