use backdraft::*;
use backdraft_models::catch::{Action, Catch, FRAMES, SIDE};
use backdraft_models::{DuelingDqn, PixelBox};
use burn::tensor::{Device, Tensor};

#[test]
fn probe() {
    let device = Device::flex();
    let model = DuelingDqn::pretrained(&device).unwrap();
    let net = Network::capture(
        &model,
        Tensor::<4>::zeros([1, 4, 36, 36], &device),
        DuelingDqn::forward,
    )
    .unwrap();
    for l in net.layers() {
        println!("{}", l.name());
    }
    for (name, method) in [("sal", 0), ("ixg", 1), ("ig", 2), ("smooth", 3), ("gbp", 4)] {
        let mut tot = [0.0f32; 4];
        let mut wins = 0;
        let mut n = 0;
        let mut logr = 0.0;
        for seed in 0..60u64 {
            let mut game = Catch::new((1 << 40) + 5000 + seed);
            for _ in 0..(seed % 5) {
                if let Some(v) = game.values() {
                    let b = (0..5).max_by(|&a, &b| v[a].total_cmp(&v[b])).unwrap();
                    game.step(Action::ALL[b]);
                }
            }
            if game.caught().is_some() {
                continue;
            }
            if (0..FRAMES).any(|f| game.moth(f).overlaps(&game.ball(f))) {
                continue;
            }
            if n == 20 {
                break;
            }
            n += 1;
            let x = game.observation(&device);
            let a = match method {
                0 => Saliency::new().attribute(&net, x, TopClass),
                1 => InputXGradient::new().attribute(&net, x, TopClass),
                2 => IntegratedGradients::new()
                    .with_baseline(Baseline::zeros())
                    .attribute(&net, x, TopClass),
                3 => SmoothGradSquared::new(Saliency::new()).attribute(&net, x, TopClass),
                _ => GuidedBackprop::new().attribute(&net, x, TopClass),
            }
            .unwrap();
            let m: Vec<f32> = a
                .abs()
                .tensor::<4>()
                .unwrap()
                .into_data()
                .try_to_vec()
                .unwrap();
            let per = |b: &dyn Fn(usize) -> PixelBox, lit: bool| -> f32 {
                (0..FRAMES)
                    .map(|f| {
                        b(f).sum(&m[f * SIDE * SIDE..(f + 1) * SIDE * SIDE], SIDE)
                            / if lit { 9.0 } else { b(f).area() as f32 }
                    })
                    .sum::<f32>()
                    / 4.0
            };
            let (ball, paddle, moth) = (
                per(&|f| game.ball(f), false),
                per(&|f| game.paddle(f), false),
                per(&|f| game.moth(f), false),
            );
            let all = m.iter().sum::<f32>() / m.len() as f32;
            tot[0] += ball;
            tot[1] += paddle;
            tot[2] += moth;
            tot[3] += all;
            if ball > moth && paddle > moth {
                wins += 1;
            }
            logr += (ball / moth).ln();
        }
        println!(
            "{name}: n {n} ball {:.4} paddle {:.4} moth {:.4} all {:.4}; wins {wins}; geo ball/moth {:.2}",
            tot[0] / n as f32,
            tot[1] / n as f32,
            tot[2] / n as f32,
            tot[3] / n as f32,
            (logr / n as f32).exp()
        );
    }
}
