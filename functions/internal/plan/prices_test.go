package plan

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
)

func TestCost(t *testing.T) {
	price := func(s string) *v1alpha1.Price { p := v1alpha1.Price(s); return &p }
	cases := map[string]struct {
		reason string
		prices *v1alpha1.Prices
		add    func(Cost)
		want   *v1alpha1.Cost
	}{
		"NoPrices": {
			reason: "A cloud without prices costs nothing that could be said.",
			add:    func(c Cost) { c.add(big.NewRat(1, 1), price("1")) },
		},
		"NoPrice": {
			reason: "What has no price isn't counted.",
			prices: &v1alpha1.Prices{Currency: "EUR"},
			add:    func(c Cost) { c.add(big.NewRat(1, 1), nil) },
			want:   &v1alpha1.Cost{Monthly: "0.00", Currency: "EUR"},
		},
		"Exact": {
			reason: "A thousand times a tenth of a cent is a whole euro.",
			prices: &v1alpha1.Prices{Currency: "EUR"},
			add: func(c Cost) {
				for range 1000 {
					c.add(gibibytes(gibi), price("0.001"))
				}
			},
			want: &v1alpha1.Cost{Monthly: "1.00", Currency: "EUR"},
		},
		"PartOfAGibibyte": {
			reason: "Half a gibibyte costs half.",
			prices: &v1alpha1.Prices{Currency: "CHF"},
			add:    func(c Cost) { c.add(gibibytes(gibi/2), price("3")) },
			want:   &v1alpha1.Cost{Monthly: "1.50", Currency: "CHF"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := costIn(tc.prices)
			tc.add(c)
			if diff := cmp.Diff(tc.want, c.Status()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
